package utility

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"html"
	"net/url"
	"strings"
	"unicode/utf8"

	"paceline/connector"
)

var hashes = map[string]func() hash.Hash{
	"sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	"sha1": sha1.New, "md5": md5.New, // for those who ask for them; nothing here trusts them
}

func hashText(_ context.Context, c connector.UtilityCall) (any, error) {
	algorithm, err := choice(c, "Algorithm", "sha256", "sha384", "sha512", "sha1", "md5")
	if err != nil {
		return nil, err
	}
	h := hashes[algorithm]()
	h.Write([]byte(textOf(c, "Text")))
	out, err := sum(c, h)
	return struct{ Hash string }{out}, err
}

// signText makes a keyed hash with the secret of the account connector, which no step sees.
func signText(_ context.Context, c connector.UtilityCall) (any, error) {
	algorithm, err := choice(c, "Algorithm", "sha256", "sha384", "sha512", "sha1")
	if err != nil {
		return nil, err
	}
	key := c.Instance.Properties["SigningKey"]
	if key == "" {
		return nil, badInput("The account connector has no signing key.")
	}
	h := hmac.New(hashes[algorithm], []byte(key))
	h.Write([]byte(textOf(c, "Text")))
	out, err := sum(c, h)
	return struct{ Signature string }{out}, err
}

func sum(c connector.UtilityCall, h hash.Hash) (string, error) {
	as, err := choice(c, "Encoding", "hex", "base64", "base64url")
	if err != nil {
		return "", err
	}
	switch b := h.Sum(nil); as {
	case "base64":
		return base64.StdEncoding.EncodeToString(b), nil
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(b), nil
	default:
		return hex.EncodeToString(b), nil
	}
}

func encodeText(_ context.Context, c connector.UtilityCall) (any, error) {
	as, err := choice(c, "Encoding", "base64", "base64url", "hex", "url", "html")
	if err != nil {
		return nil, err
	}
	in := textOf(c, "Text")
	switch as {
	case "base64":
		in = base64.StdEncoding.EncodeToString([]byte(in))
	case "base64url":
		in = base64.RawURLEncoding.EncodeToString([]byte(in))
	case "hex":
		in = hex.EncodeToString([]byte(in))
	case "url":
		in = strings.ReplaceAll(url.QueryEscape(in), "+", "%20")
	case "html":
		in = html.EscapeString(in)
	}
	return textAnswer{in}, nil
}

func decodeText(_ context.Context, c connector.UtilityCall) (any, error) {
	as, err := choice(c, "Encoding", "base64", "base64url", "hex", "url", "html")
	if err != nil {
		return nil, err
	}
	in := textOf(c, "Text")
	var out []byte
	switch as {
	case "base64":
		out, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Join(strings.Fields(in), ""), "="))
	case "base64url":
		out, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(in), "="))
	case "hex":
		out, err = hex.DecodeString(strings.TrimSpace(in))
	case "url":
		in, err = url.QueryUnescape(in)
		out = []byte(in)
	case "html":
		out = []byte(html.UnescapeString(in))
	}
	switch {
	case err != nil:
		return nil, badInput("The text is not written in this encoding.")
	case !utf8.Valid(out):
		return nil, badInput("What the text stands for is not text.")
	}
	return textAnswer{string(out)}, nil
}
