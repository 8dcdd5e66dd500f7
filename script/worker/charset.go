package worker

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// charsets are the ways in which btoa and atob write text as bytes, besides UTF-7 and ASCII.
var charsets = map[string]encoding.Encoding{
	"":           encoding.Nop,
	"UTF-8":      encoding.Nop,
	"ISO-8859-1": charmap.ISO8859_1,
	"UTF-16":     unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"UTF-16LE":   unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"UTF-16BE":   unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	"UTF-32":     utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM),
	"UTF-32LE":   utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM),
	"UTF-32BE":   utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM),
}

func charsetOf(name string) (string, error) {
	name = strings.ToUpper(name)
	switch name {
	case "ASCII", "US-ASCII":
		return "ASCII", nil
	case "LATIN1", "LATIN-1":
		return "ISO-8859-1", nil
	case "UTF-7", "UTF7":
		return "UTF-7", nil
	}
	if rest, ok := strings.CutPrefix(name, "UTF"); ok && rest != "" && rest[0] != '-' {
		name = "UTF-" + rest
	}
	if charsets[name] == nil {
		return "", fmt.Errorf("the charset is ASCII, ISO-8859-1, UTF-7, UTF-8, UTF-16, UTF-16LE, UTF-16BE, UTF-32, UTF-32LE or UTF-32BE")
	}
	return name, nil
}

func btoa(args json.RawMessage) ([]byte, error) {
	var text, charset string
	if err := arguments(args, &text, &charset); err != nil {
		return nil, err
	}
	charset, err := charsetOf(charset)
	if err != nil {
		return nil, err
	}
	var b []byte
	switch charset {
	case "ASCII":
		for _, r := range text {
			if r >= 0x80 {
				r = '?'
			}
			b = append(b, byte(r))
		}
	case "UTF-7":
		b = appendUTF7(nil, text)
	default:
		if b, err = charsets[charset].NewEncoder().Bytes([]byte(text)); err != nil {
			return nil, fmt.Errorf("the text has characters that %s has not", charset)
		}
	}
	return json.Marshal(base64.StdEncoding.EncodeToString(b))
}

func atob(args json.RawMessage) ([]byte, error) {
	var text, charset string
	if err := arguments(args, &text, &charset); err != nil {
		return nil, err
	}
	charset, err := charsetOf(charset)
	if err != nil {
		return nil, err
	}
	text = strings.NewReplacer("-", "+", "_", "/", "\n", "", "\r", "", " ", "").Replace(strings.TrimRight(text, "= \r\n"))
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("the text is not base64")
	}
	switch charset {
	case "ASCII":
		for i := range b {
			if b[i] >= 0x80 {
				b[i] = '?'
			}
		}
	case "UTF-7":
		if b, err = decodeUTF7(b); err != nil {
			return nil, err
		}
	default:
		if b, err = charsets[charset].NewDecoder().Bytes(b); err != nil {
			return nil, fmt.Errorf("the bytes are not text in %s", charset)
		}
	}
	return json.Marshal(string(b))
}

// directUTF7 are the characters that RFC 2152 writes as themselves.
const directUTF7 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'(),-./:? \t\r\n"

func appendUTF7(b []byte, text string) []byte {
	var units []byte
	flush := func() {
		if len(units) > 0 {
			b = append(append(append(b, '+'), base64.RawStdEncoding.EncodeToString(units)...), '-')
			units = nil
		}
	}
	for _, r := range text {
		switch {
		case strings.ContainsRune(directUTF7, r):
			flush()
			b = append(b, byte(r))
		case r == '+' && units == nil:
			b = append(b, '+', '-')
		default:
			for _, u := range utf16.AppendRune(nil, r) {
				units = append(units, byte(u>>8), byte(u))
			}
		}
	}
	flush()
	return b
}

func decodeUTF7(b []byte) ([]byte, error) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	var out []byte
	for i := 0; i < len(b); i++ {
		if b[i] != '+' {
			if b[i] >= 0x80 {
				return nil, fmt.Errorf("the bytes are not text in UTF-7")
			}
			out = append(out, b[i])
			continue
		}
		end := i + 1
		for end < len(b) && strings.IndexByte(alphabet, b[end]) >= 0 {
			end++
		}
		if end == i+1 {
			out = append(out, '+')
		} else {
			raw, err := base64.RawStdEncoding.DecodeString(string(b[i+1 : end]))
			if err != nil {
				return nil, fmt.Errorf("the bytes are not text in UTF-7")
			}
			var units []uint16
			for k := 0; k+1 < len(raw); k += 2 {
				units = append(units, uint16(raw[k])<<8|uint16(raw[k+1]))
			}
			out = append(out, string(utf16.Decode(units))...)
		}
		if end < len(b) && b[end] == '-' {
			end++
		}
		i = end - 1
	}
	return out, nil
}
