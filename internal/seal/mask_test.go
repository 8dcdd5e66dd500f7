package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMask(t *testing.T) {
	t.Parallel()
	const secret = `p&ss/"wörd"+<1>`
	basic := base64.StdEncoding.EncodeToString([]byte("someone:" + secret))
	for _, c := range []struct{ name, text, want string }{
		{"nothing", `{"id":1,"name":"Grace"}`, `{"id":1,"name":"Grace"}`},
		{"value", "x " + secret + " y", "x REDACTED y"},
		{"twice", secret + secret, "REDACTED"},
		{"query", "GET /?k=" + url.QueryEscape(secret) + "&a=b", "GET /?k=REDACTED&a=b"},
		{"header", "POST /x\r\nAuthorization: Bearer abc.def\r\nAccept: */*\r\n\r\n{}", "POST /x\r\nAuthorization: REDACTED\r\nAccept: */*\r\n\r\n{}"},
		{"header without space", "X-API-Key:abc\nA: b", "X-API-Key:REDACTED\nA: b"},
		{"set-cookie", "HTTP 200\nset-cookie: s=1; Path=/", "HTTP 200\nset-cookie: REDACTED"},
		{"prose is no header", "see Authorization: it matters", "see Authorization: it matters"},
		{"empty header", "Authorization:\r\nA: b", "Authorization:\r\nA: b"},
		{"json", `{"access_token":"a\"b","expires_in":3600}`, `{"access_token":"REDACTED","expires_in":3600}`},
		{"json space", `{"Password" : "x" , "a":1}`, `{"Password" : "REDACTED" , "a":1}`},
		{"json list", `{"Authorization":["a", "b"],"Accept":["c"]}`, `{"Authorization":["REDACTED", "REDACTED"],"Accept":["c"]}`},
		{"json number", `{"password":123,"a":"b"}`, `{"password":123,"a":"b"}`},
		{"json in json", `{"body":"{\"client_secret\":\"xyz\",\"a\":\"b\"}"}`, `{"body":"{\"client_secret\":\"REDACTED\",\"a\":\"b\"}"}`},
		{"cut json", `{"refresh_token":"abc`, `{"refresh_token":"REDACTED`},
		{"cut escape", `{"refresh_token":"abc\`, `{"refresh_token":"REDACTED`},
		{"cut after colon", `{"refresh_token":`, `{"refresh_token":`},
		{"camel", `{"accessToken":"abc"}`, `{"accessToken":"REDACTED"}`},
		{"a token that pages", `{"nextPageToken":"abc"}`, `{"nextPageToken":"abc"}`},
		{"empty", "", ""},
	} {
		if got := string(Mask([]byte(c.text), secret)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := string(Mask([]byte("Basic "+basic), secret)); strings.Contains(got, basic) || !strings.Contains(got, redacted) {
		t.Errorf("basic: got %q", got)
	}
	var none *Masker
	if got := string(none.Mask([]byte("Cookie: a"))); got != "Cookie: REDACTED" {
		t.Errorf("nil: got %q", got)
	}
	text := []byte(`{"a":"b"}`)
	if got := Mask(text, "abc", secret); &got[0] != &text[0] {
		t.Error("a text without a match was copied")
	}
}

// No form of a secret survives, wherever it stands.
func TestMaskHidesEachForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringOfN(rapid.RuneFrom([]rune("abcXYZ019 -_+/=&%\"\\<>'äß漢\n\t")), 6, 40, -1).Draw(t, "secret")
		before := rapid.StringMatching(`[0-9 ]{0,8}`).Draw(t, "before")
		after := rapid.StringMatching(`[0-9 ]{0,8}`).Draw(t, "after")
		quoted, _ := json.Marshal(before + secret + after)
		joined := []byte(before + secret + after)
		forms := map[string]string{
			"plain": string(joined), "json": string(quoted), "hex": hex.EncodeToString(joined),
			"query": url.QueryEscape(string(joined)), "path": url.PathEscape(string(joined)),
		}
		for name, form := range forms {
			if got := Mask([]byte(form), secret); !bytes.Contains(got, []byte(redacted)) {
				t.Fatalf("%s: %q came out as %q", name, form, got)
			}
		}
		// Of base64 a piece of up to two characters at each end depends on the neighbours and may stay.
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
			if got := Mask([]byte(e.EncodeToString(joined)), secret); !bytes.Contains(got, []byte(redacted)) {
				t.Fatalf("base64: %q came out as %q", e.EncodeToString(joined), got)
			}
		}
	})
}

func FuzzMask(f *testing.F) {
	f.Add([]byte("Authorization: x\n"), "abcd")
	f.Add([]byte(`{"password":["a","b`), "secret")
	f.Add([]byte(`{"x":"{\"password\":\"`), "secret")
	f.Fuzz(func(t *testing.T, text []byte, secret string) {
		got := Mask(text, secret)
		// REDACTED itself may complete a secret that is one of its parts; nothing else may.
		if len(secret) >= minSecret && !strings.ContainsAny(secret, "REDACT") && bytes.Contains(got, []byte(secret)) {
			t.Errorf("%q came out as %q", text, got)
		}
	})
}

func BenchmarkMask(b *testing.B) {
	m := NewMasker("a-long-api-key-0123456789", "another-secret-value")
	text := payload(1024)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		m.Mask(text)
	}
}
