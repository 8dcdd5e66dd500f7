package connector

import (
	"encoding/pem"
	"strings"
	"testing"
)

// TestPEMOfOneLine: a key or a chain of certificates that was pasted into an input of one line is read all the same.
func TestPEMOfOneLine(t *testing.T) {
	t.Parallel()
	first := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte(strings.Repeat("first ", 50))}))
	whole := first + string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: []byte(strings.Repeat("second ", 50))}))
	headed := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}, Bytes: []byte("third")}))
	for name, text := range map[string]string{
		"as it is": whole, "without line breaks": strings.ReplaceAll(whole, "\n", ""), "with spaces": strings.ReplaceAll(whole, "\n", " "),
		"as in JSON": strings.ReplaceAll(whole, "\n", `\n`), "of Windows": strings.ReplaceAll(whole, "\n", "\r\n"),
	} {
		one, rest := pem.Decode(pemText(text))
		if one == nil || !strings.HasPrefix(string(one.Bytes), "first first") || len(one.Bytes) != 300 {
			t.Errorf("%s: the first block is %+v", name, one)
			continue
		}
		if two, _ := pem.Decode(rest); two == nil || two.Type != "EC PRIVATE KEY" || len(two.Bytes) != 350 {
			t.Errorf("%s: the second block is %+v", name, two)
		}
	}
	if block, _ := pem.Decode(pemText(headed)); block == nil || block.Headers["Proc-Type"] != "4,ENCRYPTED" || string(block.Bytes) != "third" {
		t.Errorf("a block with headers is %+v", block)
	}
	if got := string(pemText("no key")); got != "no key" {
		t.Errorf("another text becomes %q", got)
	}
}
