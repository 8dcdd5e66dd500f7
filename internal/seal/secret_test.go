package seal

import (
	"context"
	"errors"
	"testing"
)

// twoKeys are the key of account 7 and that of partner 1.
type twoKeys struct{ account, partner *Key }

func (k twoKeys) KeyOf(context.Context, int64) (*Key, error)        { return k.account, nil }
func (k twoKeys) PartnerKeyOf(context.Context, int64) (*Key, error) { return k.partner, nil }

// TestBroker: what is sealed under a key is opened by the broker, at its place and while it may. A key opens by itself what is
// no secret.
func TestBroker(t *testing.T) {
	t.Parallel()
	keys := twoKeys{NewMemoryKey(), NewMemoryKey()}
	refused := errors.New("locked")
	var lock error
	b := NewBroker(keys, func(context.Context) error { return lock })
	ctx := t.Context()
	of := keys.account.SealSecret([]byte("hunter2"), "x/auth/", 1, 7)
	ofPartner := keys.partner.SealSecret([]byte("hunter3"), "oauth_app/x", 1, 0)
	third := keys.partner.SealSecret([]byte("hunter4"), "error_webhook", 1, 0, 9)
	for _, c := range []struct {
		sealed           []byte
		field            string
		partner, account int64
		more             []int64
		want             string
	}{
		{of, "x/auth/", 1, 7, nil, "hunter2"}, {ofPartner, "oauth_app/x", 1, 0, nil, "hunter3"}, {third, "error_webhook", 1, 0, []int64{9}, "hunter4"},
		{of, "y/auth/", 1, 7, nil, ""}, {of, "x/auth/", 2, 7, nil, ""}, {of, "x/auth/", 1, 0, nil, ""}, {third, "error_webhook", 1, 0, nil, ""},
	} {
		got, err := b.Open(ctx, c.sealed, c.field, c.partner, c.account, c.more...)
		if string(got) != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s of %d %d %v: %q %v, want %q", c.field, c.partner, c.account, c.more, got, err, c.want)
		}
	}
	if got, err := keys.account.OpenOwn(of, "x/auth/", 1, 7); err == nil {
		t.Errorf("a key opens a secret by itself: %s", got)
	}
	entry := keys.account.SealSecret([]byte("kept"), FieldEntry+" name", 7)
	if got, err := keys.account.OpenOwn(entry, FieldEntry+" name", 7); err != nil || string(got) != "kept" {
		t.Errorf("an entry: %q %v", got, err)
	}
	lock = refused
	if got, err := b.Open(ctx, of, "x/auth/", 1, 7); !errors.Is(err, refused) {
		t.Errorf("a locked broker opens %q %v", got, err)
	}
	if err := b.Check(ctx); !errors.Is(err, refused) {
		t.Errorf("a locked broker says %v", err)
	}
	if got, err := b.Open(ToCheck(ctx), of, "x/auth/", 1, 7); err != nil || string(got) != "hunter2" {
		t.Errorf("what a delivery is checked with: %q %v", got, err)
	}
}
