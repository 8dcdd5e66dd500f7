package script_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"paceline/script"
	"paceline/script/worker"
)

// TestSignatures makes a signature with each algorithm that scripts may name; those with a key are verified with its public part.
func TestSignatures(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	other, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p := newPool(t, script.Limits{})
	for name, h := range map[string]crypto.Hash{"SHA1": crypto.SHA1, "SHA224": crypto.SHA224, "SHA256": crypto.SHA256, "SHA384": crypto.SHA384, "SHA512": crypto.SHA512} {
		for _, k := range []string{text, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: other}))} {
			given, _ := json.Marshal(map[string]string{"key": k})
			r, err := p.Run(t.Context(), script.Run{Account: account, Event: script.BeforeAction, Globals: given,
				Sources: []script.Source{{Code: "function before_action() { return [cyclr_sign('RSA-" + name + "', key, 'a text'), cyclr_sign('HMAC-" + name + "', 'a key', 'a text')] }"}}})
			var got []string
			if err != nil || json.Unmarshal(r.Value, &got) != nil || len(got) != 2 {
				t.Fatalf("%s: %s, %v", name, r.Value, err)
			}
			signature, _ := hex.DecodeString(got[0])
			sum := h.New()
			sum.Write([]byte("a text"))
			if err := rsa.VerifyPKCS1v15(&key.PublicKey, h, sum.Sum(nil), signature); err != nil {
				t.Errorf("RSA-%s: %v", name, err)
			}
			mac := hmac.New(h.New, []byte("a key"))
			mac.Write([]byte("a text"))
			if got[1] != hex.EncodeToString(mac.Sum(nil)) {
				t.Errorf("HMAC-%s gave %s", name, got[1])
			}
		}
	}
}

// TestFunctions runs expressions with the functions and libraries that scripts find.
func TestFunctions(t *testing.T) {
	t.Parallel()
	if worker.Licenses() == "" {
		t.Fatal("the program was built without the libraries of scripts: run make libraries")
	}
	p := newPool(t, script.Limits{})
	for name, c := range map[string]struct{ code, want string }{
		"moment":                       {"moment.utc('2024-03-07T05:06:09Z').add(1, 'month').format('DD.MM.YYYY HH:mm')", `"07.04.2024 05:06"`},
		"moment by require":            {"require('moment')('2024-03-07', 'YYYY-MM-DD').isValid()", "true"},
		"moment with a zone":           {"moment.tz('2024-07-01 12:00', 'Europe/Berlin').utc().format()", `"2024-07-01T10:00:00Z"`},
		"moment-timezone by require":   {"require('moment-timezone')(0)['t' + 'z']('Asia/Tokyo').format('HH')", `"09"`},
		"tz is a name like others":     {"((tz) => ({ tz: 'Europe/Berlin' }.tz + tz))(1)", `"Europe/Berlin1"`},
		"CryptoJS":                     {"CryptoJS.HmacSHA256('a', 'key').toString()", `"780c3db4ce3de5b9e55816fba98f590631d96c075271b26976238d5f4444219b"`},
		"CryptoJS with salt":           {"CryptoJS.AES.decrypt(CryptoJS.AES.encrypt('x', 'p').toString(), 'p').toString(CryptoJS.enc.Utf8)", `"x"`},
		"crypto-js by require":         {"require('crypto-js').MD5('a').toString()", `"0cc175b9c0f1b6a831c399e269772661"`},
		"not when not named":           {"typeof globalThis['mom' + 'ent'] + typeof globalThis['Crypto' + 'JS']", `"undefinedundefined"`},
		"no other library":             {"(() => { try { require('fs') } catch (e) { return e.message } })()", `"there is no library \"fs\""`},
		"btoa":                         {"[btoa('a\u00e4'), btoa('\u00e4', 'ISO-8859-1'), btoa('a', 'UTF-16'), btoa('a', 'utf-16be'), btoa('a', 'UTF-32'), btoa('\u00e4', 'ASCII'), btoa('A\u2262\u0391.', 'UTF-7')]", `["YcOk","5A==","YQA=","AGE=","YQAAAA==","Pw==","QStJbUlEa1EtLg=="]`},
		"atob":                         {"[atob('YcOk'), atob('5A', 'latin1'), atob('QStJbUlEa1EtLg==', 'UTF-7')]", `["aä","ä","A≢Α."]`},
		"every charset there and back": {"['ASCII', 'ISO-8859-1', 'UTF-7', 'UTF-8', 'UTF-16', 'UTF-16LE', 'UTF-16BE', 'UTF-32', 'UTF-32LE', 'UTF-32BE', 'utf8', 'utf32be'].filter((c) => atob(btoa('a text + more', c), c) !== 'a text + more')", "[]"},
		"an unknown charset":           {"(() => { try { btoa('a', 'EBCDIC') } catch (e) { return e.message.slice(0, 14) } })()", `"the charset is"`},
		"sign":                         {"[cyclr_sign('HMAC-SHA256', 'key', 'a'), paceline.sign('hmac-sha1', 'key', 'a', 'base64')]", `["780c3db4ce3de5b9e55816fba98f590631d96c075271b26976238d5f4444219b","DbIfBQUvMj5xTvm/H3sAD/6X6KA="]`},
		"hash":                         {"paceline.hash('SHA-1', 'a')", `"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"`},
		"csv":                          {"cyclr_csv_parse('a;b\\n1;\"x;y\"\\n2', ';', true)", `[{"a":"1","b":"x;y"},{"a":"2","b":""}]`},
		"csv without a header":         {"cyclr_csv_parse('1,2', ',', false)", `[["1","2"]]`},
		"csv written":                  {"paceline.csv([['a', 1, null], ['b,c', true, '']])", `"a,1,\n\"b,c\",true,\n"`},
		"xml":                          {"cyclr_xml_deserialize('<a x=\"1\"><b>t</b><b/></a>')", `{"a":{"@x":"1","b":["t",""]}}`},
		"xml written":                  {"cyclr_xml_serialize({ a: { '@x': 1, b: ['t', '<'] } })", `"<a x=\"1\"><b>t</b><b>&lt;</b></a>"`},
		"jwt":                          {"paceline.jwt({ sub: 'a' }, 'key').split('.').length", "3"},
		"uuid":                         {"/^[0-9a-f-]{36}$/.test(paceline.uuid())", "true"},
		"random":                       {"crypto.getRandomValues(new Uint8Array(2000)).some((b) => b > 0)", "true"},
		"a wrong key":                  {"(() => { try { cyclr_sign('RSA-SHA256', 'x', 'y') } catch (e) { return e.message } })()", `"the key is not a PEM"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := p.Run(context.Background(), script.Run{
				Account: account, Event: script.BeforeAction, Globals: json.RawMessage("{}"),
				Sources: []script.Source{{Code: "function before_action() { return " + c.code + " }"}},
			})
			if err != nil || string(r.Value) != c.want {
				t.Errorf("%s is %s, %v; want %s", c.code, r.Value, err, c.want)
			}
		})
	}
}

// TestTokensOfEachAlgorithm signs a token with each algorithm that docs/scripts.d.ts names, and knows of no other.
func TestTokensOfEachAlgorithm(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := func(key any) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	keys := map[string]string{"HS256": "key", "RS256": text(rsaKey), "PS256": text(rsaKey), "ES256": text(ecKey)}
	declarations, err := os.ReadFile("../docs/scripts.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`jwt\(claims: Values, key: string, algorithm\?: ([^,]*),`).FindSubmatch(declarations)
	if named == nil {
		t.Fatal("docs/scripts.d.ts does not declare jwt")
	}
	var declared []string
	for _, m := range regexp.MustCompile(`'(\w+)'`).FindAllSubmatch(named[1], -1) {
		declared = append(declared, string(m[1]))
	}
	slices.Sort(declared)
	if want := slices.Sorted(maps.Keys(keys)); !slices.Equal(declared, want) {
		t.Errorf("docs/scripts.d.ts declares %v, want %v", declared, want)
	}
	p := newPool(t, script.Limits{})
	for alg, key := range keys {
		given, _ := json.Marshal(map[string]string{"alg": alg, "key": key})
		r, err := p.Run(t.Context(), script.Run{Account: account, Event: script.BeforeAction, Globals: given,
			Sources: []script.Source{{Code: "function before_action() { return JSON.parse(atob(paceline.jwt({ sub: 'a' }, key, alg).split('.')[0])).alg }"}}})
		if err != nil || string(r.Value) != `"`+alg+`"` {
			t.Errorf("%s: %s, %v", alg, r.Value, err)
		}
	}
}
