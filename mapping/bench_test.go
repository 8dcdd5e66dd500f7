package mapping

import (
	"bytes"
	"fmt"
	"testing"

	"paceline"
)

// smallDoc is a payload of about 1 KB, as in the performance goals.
func smallDoc() []byte {
	var b bytes.Buffer
	b.WriteString(`{"id":"5f0c7b3e","number":4711,"customer":{"name":"Ada Lovelace","email":"ada@example.com","address":{"street":"12 St James's Square","city":"London"}},"amount":1234.50,"currency":"EUR","note":"`)
	b.WriteString(string(bytes.Repeat([]byte("lorem ipsum "), 60)))
	b.WriteString(`","tags":["a","b"],"open":true}`)
	return b.Bytes()
}

func benchProgram(b *testing.B) *Program {
	p, err := Compile(planOf(
		paceline.PlanInput{Field: true, Key: "title", Type: paceline.TypeText, Mapping: static("Order {{New issue.number}} of {{New issue.customer.name}}")},
		paceline.PlanInput{Field: true, Key: "contact.email", Type: paceline.TypeText, Mapping: stepField(hookID, "customer.email")},
		paceline.PlanInput{Field: true, Key: "contact.city", Mapping: stepField(hookID, "customer.address.city")},
		paceline.PlanInput{Field: true, Key: "amount", Type: paceline.TypeDecimal, Mapping: stepField(hookID, "amount")},
		paceline.PlanInput{Field: true, Key: "currency", Mapping: static("EUR")},
		paceline.PlanInput{Field: true, Key: "open", Type: paceline.TypeBoolean, Mapping: stepField(hookID, "open")},
	), 2)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

type oneDoc []byte

func (d oneDoc) Output(int) ([]byte, bool) { return d, true }

func BenchmarkInputsAndBody(b *testing.B) {
	p := benchProgram(b)
	env := Env{Data: oneDoc(smallDoc())}
	var dst []byte
	b.ReportAllocs()
	b.SetBytes(int64(len(smallDoc())))
	for b.Loop() {
		in, _, err := p.Inputs(env)
		if err != nil {
			b.Fatal(err)
		}
		if dst, err = in.AppendJSON(dst[:0]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListToList(b *testing.B) {
	var doc bytes.Buffer
	doc.WriteString(`{"lines":[{"sku":"0","qty":1}`)
	for i := range 99 {
		fmt.Fprintf(&doc, `,{"sku":"%d","qty":%d}`, i, i)
	}
	doc.WriteString("]}")
	p, err := Compile(planOf(
		paceline.PlanInput{Field: true, Key: "[items].article", Mapping: stepField(hookID, "[lines].sku")},
		paceline.PlanInput{Field: true, Key: "[items].count", Type: paceline.TypeInteger, Mapping: stepField(hookID, "[lines].qty")},
	), 2)
	if err != nil {
		b.Fatal(err)
	}
	env := Env{Data: oneDoc(doc.Bytes())}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		in, _, err := p.Inputs(env)
		if err != nil {
			b.Fatal(err)
		}
		if dst, err = in.AppendJSON(dst[:0]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecision(b *testing.B) {
	d, err := CompileDecision(decisionPlan("customer.address.city", paceline.CondEquals, "London"), 1)
	if err != nil {
		b.Fatal(err)
	}
	env := Env{Data: oneDoc(smallDoc())}
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := d.Eval(env); err != nil || !ok {
			b.Fatal(ok, err)
		}
	}
}
