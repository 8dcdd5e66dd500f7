package connector

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Type sigv4 signs each request with AWS Signature Version 4. AuthValue is a JSON object with the fields;
// the session token may be missing.
var _ = registerAuth("sigv4", authType{
	wire: "AuthFields",
	fields: []AuthField{
		{Name: "AccessKeyId", Label: "Access key ID", Secret: new(bool)}, {Name: "SecretAccessKey", Label: "Secret access key"},
		{Name: "SessionToken", Label: "Session token", optional: true},
	},
	keys: []string{"service", "region"},
	read: readFields,
	compile: func(b *builder, a *Auth, at string) signer {
		s := &sigv4{}
		known := &scopeNames{properties: b.def.Properties, auth: a.names()}
		for _, k := range []struct {
			key, text, example string
			to                 **template
		}{{"service", a.Service, "s3", &s.service}, {"region", a.Region, "us-east-1", &s.region}} {
			if k.text == "" {
				b.add(at, fmt.Sprintf("auth of type sigv4 lacks the key %q", k.key), "Example: "+k.key+": "+k.example)
				continue
			}
			*k.to = b.template(pointer(at, k.key), k.text, known, headerEscape)
		}
		return s
	},
})

type sigv4 struct{ service, region *template }

func (s *sigv4) sign(p *prepared, o *outgoing, now time.Time) error {
	service, _, err := s.service.text(p)
	if err != nil {
		return err
	}
	region, _, err := s.region.text(p)
	if err != nil {
		return err
	}
	if token := p.fields["SessionToken"]; token != "" {
		o.set("X-Amz-Security-Token", token)
	}
	if service == "s3" {
		sum := sha256.Sum256(o.body)
		o.set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	}
	sigv4Sign(o, p.fields["AccessKeyId"], p.fields["SecretAccessKey"], service, region, now)
	return nil
}

// sigv4Sign sets the date and the signature of host, content type and all headers of the vendor.
func sigv4Sign(o *outgoing, id, secret, service, region string, now time.Time) {
	now = now.UTC()
	stamp, day := now.Format("20060102T150405Z"), now.Format("20060102")
	o.set("X-Amz-Date", stamp)
	type header struct{ name, value string }
	list := []header{{"host", o.url.Host}}
	for _, h := range o.headers {
		if name := strings.ToLower(h.name); strings.HasPrefix(name, "x-amz-") || name == "content-type" {
			list = append(list, header{name, strings.Join(strings.Fields(h.value), " ")})
		}
	}
	slices.SortFunc(list, func(a, b header) int { return strings.Compare(a.name, b.name) })
	var canonical, names strings.Builder
	for i, h := range list {
		canonical.WriteString(h.name + ":" + h.value + "\n")
		if i > 0 {
			names.WriteByte(';')
		}
		names.WriteString(h.name)
	}
	sum := sha256.Sum256(o.body)
	request := strings.Join([]string{
		o.method, sigv4Path(o.url, service), sigv4Query(o.url.RawQuery), canonical.String(), names.String(), hex.EncodeToString(sum[:]),
	}, "\n")
	scope := day + "/" + region + "/" + service + "/aws4_request"
	digest := sha256.Sum256([]byte(request))
	text := "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex.EncodeToString(digest[:])
	key := []byte("AWS4" + secret)
	for _, part := range []string{day, region, service, "aws4_request", text} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	o.setHidden("Authorization", "AWS4-HMAC-SHA256 Credential="+id+"/"+scope+", SignedHeaders="+names.String()+", Signature="+hex.EncodeToString(key))
}

// sigv4Path returns the path as it is signed: escaped once for S3, else twice.
func sigv4Path(u *url.URL, service string) string {
	path := u.EscapedPath()
	if path == "" {
		return "/"
	}
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if plain, err := url.PathUnescape(s); err == nil && service == "s3" {
			s = plain
		}
		segments[i] = percent(s)
	}
	return strings.Join(segments, "/")
}

func sigv4Query(query string) string {
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, _ = url.QueryUnescape(name)
		value, _ = url.QueryUnescape(value)
		pairs = append(pairs, percent(name)+"="+percent(value))
	}
	slices.SortFunc(pairs, func(a, b string) int {
		x, v, _ := strings.Cut(a, "=")
		y, w, _ := strings.Cut(b, "=")
		if x != y {
			return strings.Compare(x, y)
		}
		return strings.Compare(v, w)
	})
	return strings.Join(pairs, "&")
}
