package connector

import (
	"bytes"
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"paceline"
	"paceline/internal/egress"
)

// sealed is a compiled SealedDef.
type sealed struct {
	rows, at, tokens    string // names
	key, keys, audience *template
	senders             []string
}

// keySets are vendors' signing keys, by address. Each has a lock of its own: an address is the account's choice, and one that does
// not answer keeps only those waiting who chose it.
type keySets struct {
	mu   sync.Mutex
	sets map[string]*keySet
}

type keySet struct {
	mu           sync.Mutex
	keys         map[string]*rsa.PublicKey // by kid
	asked, fresh time.Time                 // when they were asked for, and when they came
}

// at finds the keys of an address. Of too many all are forgotten.
func (s *keySets) at(address string) *keySet {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.sets[address]
	if set == nil {
		if s.sets == nil || len(s.sets) >= maxKeySets {
			s.sets = map[string]*keySet{}
		}
		set = &keySet{}
		s.sets[address] = set
	}
	return set
}

// keysFor bounds how long keys are used unasked, and keysAgain how soon they are asked for again because of one that is unknown.
const (
	keysFor    = 12 * time.Hour
	keysAgain  = time.Minute
	maxKeys    = 256 << 10
	maxKeySets = 100
)

func (b *builder) sealed(t *Trigger, at string) {
	def := t.Definition.Payload.Sealed
	if def == nil {
		return
	}
	here := pointer(at, "payload", "sealed")
	names, _ := t.rows.Outer()
	if !t.hasRows || len(names) != 1 {
		b.add(here, "what is sealed lies in rows, of one list", "Write payload.rows, for example [value].")
		return
	}
	if t.verifier == nil || !t.Verifies() {
		b.add(here, "anybody can seal: a delivery with sealed data must prove more", "Add verify of another type than none.")
	}
	known := &scopeNames{app: true, properties: b.def.Properties}
	s := &sealed{rows: names[0], at: def.At, tokens: def.Tokens, senders: def.Senders}
	s.key = b.template(pointer(here, "key"), def.Key, known, plainEscape)
	s.keys = b.template(pointer(here, "keysUrl"), def.KeysURL, known, plainEscape)
	s.audience = b.template(pointer(here, "audience"), def.Audience, known, plainEscape)
	if s.key != nil && !s.key.secrets {
		b.add(pointer(here, "key"), "the key that opens stands in the file", "Write the name of a secret property in braces.")
	}
	t.sealed = s
}

// Sealed reports whether deliveries may have parts that Unseal opens.
func (t *Trigger) Sealed() bool { return t.sealed != nil }

var errSealed = errors.New("what is sealed can not be opened")

// Unseal opens the sealed parts of a payload, once the tokens that come with it prove that the vendor has sealed them for the
// account connector's app. A payload without such parts stays as it is. The error is CodeWebhookSignature with the cause.
func (r *Runtime) Unseal(ctx context.Context, t *Trigger, i *Instance, payload []byte) ([]byte, error) {
	s := t.sealed
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		return payload, nil // of another shape: nothing is sealed in it
	}
	rows, _ := doc[s.rows].([]any)
	if !slices.ContainsFunc(rows, s.has) {
		return payload, nil
	}
	failed := func(err error) ([]byte, error) {
		return nil, paceline.Fail(paceline.CodeWebhookSignature).Because(err)
	}
	if err := r.checkTokens(ctx, s, i, doc); err != nil {
		return failed(err)
	}
	p := i.prepare()
	text, missing, err := s.key.text(p)
	if err != nil || missing {
		return failed(fmt.Errorf("no private key is set"))
	}
	key, err := privateKey(text)
	own, ok := key.(*rsa.PrivateKey)
	if err != nil || !ok {
		return failed(fmt.Errorf("the private key is none of RSA"))
	}
	for _, row := range rows {
		if !s.has(row) {
			continue
		}
		fields := row.(map[string]any)
		opened, err := open(own, fields[s.at].(map[string]any))
		if err != nil {
			return failed(err)
		}
		fields[s.at] = json.RawMessage(opened)
	}
	out, err := json.Marshal(doc)
	if err != nil {
		return failed(err)
	}
	return out, nil
}

func (s *sealed) has(row any) bool {
	fields, _ := row.(map[string]any)
	_, ok := fields[s.at].(map[string]any)
	return ok
}

// open decrypts as Microsoft Graph seals: a key of AES, sealed for ours (OAEP with SHA-1), whose first half is where the chain
// begins, and a HMAC-SHA256 of the sealed data by the same key.
func open(own *rsa.PrivateKey, content map[string]any) ([]byte, error) {
	var raw [3][]byte
	for i, name := range []string{"dataKey", "data", "dataSignature"} {
		text, _ := content[name].(string)
		var err error
		if raw[i], err = base64.StdEncoding.DecodeString(text); err != nil || len(raw[i]) == 0 {
			return nil, errSealed
		}
	}
	key, err := rsa.DecryptOAEP(sha1.New(), nil, own, raw[0], nil)
	if err != nil || len(key) != 32 {
		return nil, errSealed
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(raw[1])
	block, err := aes.NewCipher(key)
	if err != nil || !hmac.Equal(mac.Sum(nil), raw[2]) || len(raw[1])%aes.BlockSize != 0 {
		return nil, errSealed
	}
	text := make([]byte, len(raw[1]))
	cipher.NewCBCDecrypter(block, key[:aes.BlockSize]).CryptBlocks(text, raw[1])
	pad := int(text[len(text)-1])
	if pad == 0 || pad > aes.BlockSize || !bytes.Equal(text[len(text)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, errSealed
	}
	text = text[:len(text)-pad]
	if checkJSON(text) != nil {
		return nil, errSealed
	}
	return text, nil
}

// checkTokens checks each token that came with sealed parts; there must be one.
func (r *Runtime) checkTokens(ctx context.Context, s *sealed, i *Instance, doc map[string]any) error {
	audience, missing, err := s.audience.text(i.prepare())
	if err != nil || missing || audience == "" {
		return fmt.Errorf("the account connector has no app for which something could be sealed")
	}
	tokens, _ := doc[s.tokens].([]any)
	if len(tokens) == 0 {
		return errWrongJWT
	}
	for _, token := range tokens {
		text, _ := token.(string)
		if err := r.checkToken(ctx, s, i, text, audience); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runtime) checkToken(ctx context.Context, s *sealed, i *Instance, text, audience string) error {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return errWrongJWT
	}
	var raw [3][]byte
	for n, part := range parts {
		var err error
		if raw[n], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return errWrongJWT
		}
	}
	var head struct{ Alg, Kid string }
	var claims struct {
		Aud, Azp, AppID string
		Exp, Nbf        float64
	}
	if json.Unmarshal(raw[0], &head) != nil || json.Unmarshal(raw[1], &claims) != nil || head.Alg != "RS256" {
		return errWrongJWT
	}
	now := float64(r.clock.Now().Unix())
	if claims.Aud != audience || !slices.Contains(s.senders, firstOf(claims.Azp, claims.AppID)) || claims.Exp < now-60 || claims.Nbf > now+60 {
		return errWrongJWT
	}
	key, err := r.signingKey(ctx, s, i, head.Kid)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw[2]) != nil {
		return errWrongJWT
	}
	return nil
}

// signingKey finds a key of the vendor, which is asked for its keys now and then.
func (r *Runtime) signingKey(ctx context.Context, s *sealed, i *Instance, kid string) (*rsa.PublicKey, error) {
	p := i.prepare()
	u, err := vendorAddress(s.keys, p)
	if err != nil {
		return nil, err
	}
	set := r.keySets.at(u.String())
	set.mu.Lock()
	defer set.mu.Unlock()
	now := r.clock.Now()
	if key := set.keys[kid]; key != nil && now.Sub(set.fresh) < keysFor {
		return key, nil
	}
	if set.asked.IsZero() || now.Sub(set.asked) >= keysAgain {
		set.asked = now
		keys, err := r.askKeys(egress.WithHosts(ctx, p.hosts), u)
		if err == nil {
			set.keys, set.fresh = keys, now
		} else if set.keys[kid] == nil {
			return nil, fmt.Errorf("the vendor's keys can not be had: %w", err)
		}
	}
	if key := set.keys[kid]; key != nil {
		return key, nil
	}
	return nil, errWrongJWT
}

// askKeys reads a set of keys (RFC 7517).
func (r *Runtime) askKeys(ctx context.Context, u *url.URL) (map[string]*rsa.PublicKey, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := r.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var doc struct {
		Keys []struct{ Kty, Kid, N, E string }
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxKeys)).Decode(&doc); err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", resp.Status)
	}
	keys := map[string]*rsa.PublicKey{}
	for _, k := range doc.Keys {
		n, err := base64.RawURLEncoding.DecodeString(k.N)
		e, failed := base64.RawURLEncoding.DecodeString(k.E)
		if k.Kty == "RSA" && err == nil && failed == nil && len(n) >= 256 && len(e) > 0 && len(e) < 5 {
			keys[k.Kid] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		}
	}
	return keys, nil
}
