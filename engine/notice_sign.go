package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"paceline"
)

// The signature of error webhooks is that of Standard Webhooks: HMAC-SHA256 over "id.timestamp.body",
// once with each secret, so that a receiver can change to a new one at its own time.

// noticeSecretPrefix stands before the base64 text of a secret.
const noticeSecretPrefix = "whsec_"

// NewNoticeSecret makes a secret of 32 random bytes.
func NewNoticeSecret() string {
	raw, err := base64.RawURLEncoding.DecodeString(paceline.NewSecret(32))
	if err != nil {
		panic(err) // it is base64url by definition
	}
	return noticeSecretPrefix + base64.StdEncoding.EncodeToString(raw)
}

// signNotice returns the headers webhook-timestamp and webhook-signature of a message.
func signNotice(secrets []string, id string, at time.Time, body []byte) (timestamp, signature string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	var b strings.Builder
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, noticeSecretPrefix))
		if err != nil {
			continue
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return timestamp, b.String()
}
