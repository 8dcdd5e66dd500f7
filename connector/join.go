package connector

import (
	"paceline/mapping"
)

// Join writes the documents of a long call's parts as one document, as they come: the first one with the rows of
// all in its list, which is moved to its end so that it can stay open; for a method without a list of rows, the list
// of the documents. It remembers two bits between parts and may be kept across a crash.
type Join struct {
	Begun  bool `json:"b,omitempty"` // a document was written
	Filled bool `json:"f,omitempty"` // and a row
}

// rowNames are the names that lead to the list of rows; ok is false for a method without one.
func (m *Method) rowNames() (names []string, ok bool) {
	if !m.hasRows {
		return nil, false
	}
	return m.rows.Outer()
}

// Add appends what the document of a part adds.
func (j *Join) Add(m *Method, dst, doc []byte) []byte {
	names, rows := m.rowNames()
	first := !j.Begun
	j.Begun = true
	if !rows {
		dst = append(dst, "[,"[b2i(!first)])
		return append(dst, doc...)
	}
	if first {
		dst = appendOpen(dst, doc, names)
	}
	for row := range elementsAt(doc, names) {
		if j.Filled {
			dst = append(dst, ',')
		}
		dst = append(dst, row...)
		j.Filled = true
	}
	return dst
}

// End appends what closes the document.
func (j *Join) End(m *Method, dst []byte) []byte {
	if !j.Begun {
		return dst
	}
	dst = append(dst, ']')
	if names, rows := m.rowNames(); rows {
		for range names {
			dst = append(dst, '}')
		}
	}
	return dst
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// appendOpen appends the document without its list of rows, up to where the first row belongs.
func appendOpen(dst, doc []byte, names []string) []byte {
	if len(names) == 0 {
		return append(dst, '[')
	}
	dst = append(dst, '{')
	var inner []byte
	found := false
	for member, v := range mapping.Members(doc) {
		if member == names[0] {
			if !found {
				inner, found = v, true
			}
			continue
		}
		dst = append(append(mapping.AppendQuoted(dst, member), ':'), v...)
		dst = append(dst, ',')
	}
	return appendOpen(append(mapping.AppendQuoted(dst, names[0]), ':'), inner, names[1:])
}

// elementsAt yields the elements of the list under the names.
func elementsAt(doc []byte, names []string) func(func(mapping.Value) bool) {
	for _, name := range names {
		var inner []byte
		for member, v := range mapping.Members(doc) {
			if member == name {
				inner = v
				break
			}
		}
		doc = inner
	}
	return wholeList.GetAll(doc)
}
