package connector

import "net/http"

// Method returns a method's definition, for tests.
func (d *Definition) Method(id string) *MethodDef {
	for i := range d.Methods {
		if d.Methods[i].ID == id {
			return &d.Methods[i]
		}
	}
	return nil
}

// DecodeAnswer reads a body as an answer to the method would be read, for tests.
func DecodeAnswer(m *MethodDef, body []byte) ([]byte, error) {
	a := &answer{status: 200, header: http.Header{}, body: body, format: &m.Response, limit: 1 << 20}
	return a.document()
}

// Kept is what the memory holds of sessions and tokens, for tests.
func (m *Memory) Kept() (text string) {
	for _, r := range m.byRelease {
		text += string(r.session.values) + string(r.jwt.text)
	}
	return text
}
