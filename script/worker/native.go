package worker

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	_ "crypto/md5" // of old signatures
	"crypto/rsa"
	_ "crypto/sha1" // of old signatures
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"unicode/utf8"

	"paceline"
	"paceline/connector"
)

// native are the functions that compute and need nothing else. Each takes a list of arguments in JSON and answers
// in JSON; the text of an error is thrown in the script.
var native = map[string]func(args json.RawMessage) ([]byte, error){
	"btoa":            btoa,
	"atob":            atob,
	"hash":            hash,
	"sign":            sign,
	"jwt":             jwt,
	"csv_parse":       csvParse,
	"csv_format":      csvFormat,
	"xml_serialize":   xmlSerialize,
	"xml_deserialize": xmlDeserialize,
	"random":          random,
	"uuid": func(json.RawMessage) ([]byte, error) {
		return json.Marshal(paceline.NewID(paceline.SystemClock{}.Now()))
	},
}

// arguments reads the list into the variables.
func arguments(args json.RawMessage, into ...any) error {
	if err := json.Unmarshal(args, &into); err != nil {
		return fmt.Errorf("an argument has the wrong type")
	}
	return nil
}

func encoded(b []byte, encoding string) ([]byte, error) {
	switch encoding {
	case "hex":
		return json.Marshal(hex.EncodeToString(b))
	case "base64":
		return json.Marshal(base64.StdEncoding.EncodeToString(b))
	case "base64url":
		return json.Marshal(base64.RawURLEncoding.EncodeToString(b))
	}
	return nil, fmt.Errorf("the encoding is hex, base64 or base64url")
}

var hashes = map[string]crypto.Hash{
	"MD5": crypto.MD5, "SHA1": crypto.SHA1, "SHA224": crypto.SHA224, "SHA256": crypto.SHA256, "SHA384": crypto.SHA384, "SHA512": crypto.SHA512,
}

func hashOf(name string) (crypto.Hash, bool) {
	h, ok := hashes[strings.ReplaceAll(strings.ToUpper(name), "SHA-", "SHA")]
	return h, ok
}

func hash(args json.RawMessage) ([]byte, error) {
	var alg, text, encoding string
	if err := arguments(args, &alg, &text, &encoding); err != nil {
		return nil, err
	}
	h, ok := hashOf(alg)
	if !ok {
		return nil, fmt.Errorf("the algorithm is MD5, SHA1, SHA224, SHA256, SHA384 or SHA512")
	}
	sum := h.New()
	sum.Write([]byte(text))
	return encoded(sum.Sum(nil), encoding)
}

// sign makes an HMAC, or a signature with an RSA key in PEM.
func sign(args json.RawMessage) ([]byte, error) {
	var alg, key, text, encoding string
	if err := arguments(args, &alg, &key, &text, &encoding); err != nil {
		return nil, err
	}
	family, name, ok := strings.Cut(strings.ToUpper(alg), "-")
	h, known := hashOf(name)
	if !ok || !known || family != "HMAC" && family != "RSA" {
		return nil, fmt.Errorf("the algorithm is HMAC-SHA1, HMAC-SHA256, HMAC-SHA512, or RSA-SHA1, -SHA224, -SHA256, -SHA384 or -SHA512")
	}
	if family == "HMAC" {
		mac := hmac.New(h.New, []byte(key))
		mac.Write([]byte(text))
		return encoded(mac.Sum(nil), encoding)
	}
	private, err := rsaKey(key)
	if err != nil {
		return nil, err
	}
	sum := h.New()
	sum.Write([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, private, h, sum.Sum(nil))
	if err != nil {
		return nil, fmt.Errorf("the key can not be used")
	}
	return encoded(signature, encoding)
}

func rsaKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(strings.ReplaceAll(text, `\n`, "\n")))
	if block == nil {
		return nil, fmt.Errorf("the key is not a PEM")
	}
	if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return k, nil
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := k.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("the key is not an RSA key")
	}
	return private, nil
}

func jwt(args json.RawMessage) ([]byte, error) {
	var key, alg string
	var claims json.RawMessage
	header := map[string]json.RawMessage{}
	if err := arguments(args, &claims, &key, &alg, &header); err != nil {
		return nil, err
	}
	header["alg"], _ = json.Marshal(alg)
	if header["typ"] == nil {
		header["typ"] = json.RawMessage(`"JWT"`)
	}
	head, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	token, err := connector.SignJWT(alg, "", key, head, claims)
	if err != nil {
		return nil, err
	}
	return json.Marshal(token)
}

// csvParse gives a list of objects when the first line has the names, else a list of lists.
func csvParse(args json.RawMessage) ([]byte, error) {
	var text, delimiter string
	var header bool
	if err := arguments(args, &text, &delimiter, &header); err != nil {
		return nil, err
	}
	comma, err := delimiterOf(delimiter)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the text is not CSV: %w", err)
	}
	if !header {
		if rows == nil {
			rows = [][]string{}
		}
		return json.Marshal(rows)
	}
	if len(rows) == 0 {
		return []byte("[]"), nil
	}
	list := make([]map[string]string, 0, len(rows)-1)
	for _, row := range rows[1:] {
		item := make(map[string]string, len(rows[0]))
		for i, name := range rows[0] {
			item[name] = ""
			if i < len(row) {
				item[name] = row[i]
			}
		}
		list = append(list, item)
	}
	return json.Marshal(list)
}

func delimiterOf(text string) (rune, error) {
	c, size := utf8.DecodeRuneInString(text)
	if size == 0 || size < len(text) || c == '"' || c == '\n' || c == '\r' || c == utf8.RuneError {
		return 0, fmt.Errorf("the delimiter is one character")
	}
	return c, nil
}

// csvFormat writes a list of lists.
func csvFormat(args json.RawMessage) ([]byte, error) {
	var rows [][]any
	var delimiter string
	if err := arguments(args, &rows, &delimiter); err != nil {
		return nil, err
	}
	comma, err := delimiterOf(delimiter)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = comma
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			switch v := cell.(type) {
			case nil:
			case string:
				cells[i] = v
			default:
				text, _ := json.Marshal(v)
				cells[i] = string(text)
			}
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return json.Marshal(b.String())
}

func xmlSerialize(args json.RawMessage) ([]byte, error) {
	var value json.RawMessage
	if err := arguments(args, &value); err != nil {
		return nil, err
	}
	text, err := connector.AppendXML(nil, value, maxXML)
	if err != nil {
		return nil, err
	}
	return json.Marshal(string(text))
}

// maxXML bounds an XML text and what it becomes.
const maxXML = 32 << 20

func xmlDeserialize(args json.RawMessage) ([]byte, error) {
	var text string
	if err := arguments(args, &text); err != nil {
		return nil, err
	}
	value, err := connector.DecodeXML([]byte(text), maxXML)
	if err != nil {
		return nil, fmt.Errorf("the text can not be read as XML: %w", err)
	}
	return value, nil
}

// random gives up to 1,024 random bytes in hex.
func random(args json.RawMessage) ([]byte, error) {
	var n int
	if err := arguments(args, &n); err != nil {
		return nil, err
	}
	return json.Marshal(paceline.NewHexSecret(min(max(n, 0), 1024)))
}
