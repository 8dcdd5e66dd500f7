package connector

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func newOutgoing(t *testing.T, method, address, body string, headers ...string) *outgoing {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	o := &outgoing{method: method, url: u, address: address, body: []byte(body)}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		o.set(name, value)
	}
	return o
}

func (o *outgoing) get(name string) string { return o.header().Get(name) }

// TestOAuth1Vectors holds the examples of RFC 5849.
func TestOAuth1Vectors(t *testing.T) {
	t.Parallel()
	photos := newOutgoing(t, "GET", "http://photos.example.net/photos?file=vacation.jpg&size=original", "")
	got := oauth1Header(photos, "Photos", [][2]string{
		{"oauth_consumer_key", "dpf43f3p2l4k3l03"}, {"oauth_token", "nnch734d00sl2jdk"}, {"oauth_signature_method", "HMAC-SHA1"},
		{"oauth_timestamp", "137131202"}, {"oauth_nonce", "chapoH"},
	}, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00")
	want := `OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", oauth_signature_method="HMAC-SHA1", ` +
		`oauth_timestamp="137131202", oauth_nonce="chapoH", oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"`
	if got != want {
		t.Errorf("section 1.2\n got %s\nwant %s", got, want)
	}
	request := newOutgoing(t, "POST", "http://EXAMPLE.com:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b", "c2&a3=2+q", "Content-Type: application/x-www-form-urlencoded")
	base := oauth1Base(request, [][2]string{
		{"oauth_consumer_key", "9djdj82h48djs9d2"}, {"oauth_token", "kkk9d7dh3k39sjv7"}, {"oauth_signature_method", "HMAC-SHA1"},
		{"oauth_timestamp", "137131201"}, {"oauth_nonce", "7d8f3e4a"},
	})
	want = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26" +
		"oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
	if base != want {
		t.Errorf("section 3.4.1.1\n got %s\nwant %s", base, want)
	}
	plain := oauth1Header(request, "", [][2]string{{"oauth_signature_method", "PLAINTEXT"}}, "djr9rjt0jd78jf88", "jjd999tj88uiths3")
	if !strings.HasSuffix(plain, `oauth_signature="djr9rjt0jd78jf88%26jjd999tj88uiths3"`) {
		t.Errorf("section 3.4.4: %s", plain)
	}
}

// TestNetSuiteVectors holds what the library oauth-1.0a (2.2.6) signs for token-based authentication: HMAC-SHA256, with secrets
// that need escapes.
func TestNetSuiteVectors(t *testing.T) {
	t.Parallel()
	const services = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/"
	for _, c := range []struct{ verb, path, signature string }{
		{"POST", "query/v1/suiteql?limit=1000&offset=0", "CgracwpAETTutG2NRL4gdTDbZtuBHI%2FO2aPnG1kZvF4%3D"},
		{"GET", "record/v1/customer?q=companyName+START_WITH+%22Fj%C3%B8rd%22&limit=10", "zml1mdzblZLig4zRstoPuwxuqpf3qrTX6iSofqmMzeo%3D"},
		{"PUT", "record/v1/invoice/eid:in_1?replace=item", "uDLE8RKqA7Rct2PfUiXGC3VSgkiELDC7yv7vEU%2BSKSs%3D"},
	} {
		got := oauth1Header(newOutgoing(t, c.verb, services+c.path, "{}", "Content-Type: application/json"), "1234567_SB1", [][2]string{
			{"oauth_consumer_key", "ck-1"}, {"oauth_nonce", "fjgLjlkv3Q"}, {"oauth_signature_method", "HMAC-SHA256"},
			{"oauth_timestamp", "1772600767"}, {"oauth_token", "tk-1"}, {"oauth_version", "1.0"},
		}, "cs&1", "ts+1")
		if !strings.HasPrefix(got, `OAuth realm="1234567_SB1", `) || !strings.HasSuffix(got, `oauth_signature="`+c.signature+`"`) {
			t.Errorf("%s %s: %s, want %s", c.verb, c.path, got, c.signature)
		}
	}
}

// TestSigV4Vectors holds examples that AWS publishes.
func TestSigV4Vectors(t *testing.T) {
	t.Parallel()
	const id, secret = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	at := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	const form = "Content-Type: application/x-www-form-urlencoded"
	for _, c := range []struct {
		name    string
		request *outgoing
		service string
		want    string
	}{
		{"get-vanilla", newOutgoing(t, "GET", "https://example.amazonaws.com/", ""), "service", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-vanilla-query-order-key-case", newOutgoing(t, "GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1", ""), "service", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{"post-vanilla", newOutgoing(t, "POST", "https://example.amazonaws.com/", ""), "service", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"post-x-www-form-urlencoded", newOutgoing(t, "POST", "https://example.amazonaws.com/", "Param1=value1", form), "service", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
		{"the guide's ListUsers", newOutgoing(t, "GET", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", "", form+"; charset=utf-8"), "iam", "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
	} {
		sigv4Sign(c.request, id, secret, c.service, "us-east-1", at)
		if got := c.request.get("Authorization"); !strings.HasSuffix(got, "Signature="+c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	for path, want := range map[string]string{"/": "/", "": "/", "/a%20b/%2F": "/a%2520b/%252F", "/ü": "/%25C3%25BC"} {
		if got := sigv4Path(&url.URL{Path: mustUnescape(path), RawPath: path}, "service"); got != want {
			t.Errorf("%q is signed as %q, want %q", path, got, want)
		}
	}
	if got := sigv4Path(newOutgoing(t, "GET", "https://x/a%20b/c+d", "").url, "s3"); got != "/a%20b/c%2Bd" {
		t.Errorf("S3 signs %q", got)
	}
}

func mustUnescape(s string) string {
	plain, _ := url.PathUnescape(s)
	return plain
}

// TestDigestVectors holds the example of RFC 7616, section 3.9.1.
func TestDigestVectors(t *testing.T) {
	t.Parallel()
	const challenge = `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=%, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
	for alg, want := range map[string]string{
		"MD5": "8ca523f5e9506fed4657c9700eebdbec", "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		p := &prepared{remembered: newRemembered()}
		if !(digest{}).challenged(p, http.Header{"Www-Authenticate": {"Basic realm=x", strings.Replace(challenge, "%", alg, 1)}}) {
			t.Fatal("the challenge is not understood")
		}
		p.digest.count = 1
		got := p.digest.header("GET", "/dir/index.html", "Mufasa", "Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
		wanted := `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=` + alg +
			`, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="` +
			want + `", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
		if got != wanted {
			t.Errorf("%s\n got %s\nwant %s", alg, got, wanted)
		}
	}
	for _, text := range []string{"Digest qop=auth-int, nonce=a", "Digest algorithm=MD5-sess, nonce=a", "Digest realm=a", "Digest"} {
		if (digest{}).challenged(&prepared{remembered: newRemembered()}, http.Header{"Www-Authenticate": {text}}) {
			t.Errorf("%s is taken", text)
		}
	}
}
