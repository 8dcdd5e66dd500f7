package load

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
)

// contact returns webhook n: a person as a sign-up form would send it, padded to size bytes. The mapped
// fields are cid, first_name, last_name, email, phone, country and company.name; every second contact
// lives in Germany, which the decision asks for.
func contact(id string, n, size int, random bool) []byte {
	country, dial, town := "DE", "+49 30", "Berlin"
	if n%2 == 1 {
		country, dial, town = "CA", "+1 416", "Toronto"
	}
	var b bytes.Buffer
	b.Grow(size)
	fmt.Fprintf(&b, `{"cid":%q,"first_name":"Mira%d","last_name":"Oduya","email":"mira.%d@kestrel.example",`, id, n, n)
	fmt.Fprintf(&b, `"phone":"%s 555 %d","country":%q,`, dial, n, country)
	fmt.Fprintf(&b, `"company":{"name":"Kestrel Freight","employees":%d,"register":"HRB 20417"},`, n)
	fmt.Fprintf(&b, `"address":{"street":"Quay 7","city":%q,"zip":"10317"},"interests":["rates","tracking","customs"],`, town)
	b.WriteString(`"origin":{"channel":"form","page":"/quote","visit":"third"},"newsletter":true,"registered_at":"2026-03-04T05:06:07Z","notes":"`)
	padding := size - b.Len() - len(`"}`)
	if padding > 0 {
		b.Write(filler(n, padding, random))
	}
	b.WriteString(`"}`)
	return b.Bytes()
}

// filler returns text of the given length: one repeated letter, or base64 of the webhook's own random
// sequence, which is the same in every run.
func filler(n, length int, random bool) []byte {
	if !random {
		return bytes.Repeat([]byte("x"), length)
	}
	source := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
	raw := make([]byte, length)
	source.Read(raw)
	return []byte(base64.StdEncoding.EncodeToString(raw))[:length]
}
