package connector

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"paceline/mapping"
)

// Format xml writes and reads elements as members: <a x="1"><b>t</b><b/></a> is {"a": {"@x": "1", "b":
// ["t", ""]}}. Text beside attributes or elements is the member #text. Prefixes of namespaces are dropped
// when reading, and written as they stand in names.
var (
	_ = registerBody("xml", bodyFormat{contentType: "application/xml; charset=utf-8", build: buildXML, check: checkXML})
	_ = registerAnswer("xml", answerFormat{accept: "application/xml", decode: func(_ *ResponseDef, _ *answer, body []byte, limit int64) ([]byte, error) {
		return DecodeXML(body, limit)
	}})
)

var (
	errDoctype = errors.New("it has a DOCTYPE, which is refused")
	errNotXML  = errors.New("it is not XML")
	errManyXML = errors.New("it has too many elements or attributes")
)

// Bounds of an XML document.
const (
	maxXMLNodes      = 2_000_000
	maxXMLAttributes = 1_000
)

func checkXML(b *builder, m *Method, at string) {
	r := m.Definition.Request
	if r.Root != "" {
		if !isXMLName(r.Root) {
			b.add(pointer(at, "root"), fmt.Sprintf("%q is not the name of an element", shorten(r.Root)), "Use letters, digits, _, - and one colon.")
		}
		return
	}
	root := ""
	for i, f := range r.Fields {
		name, _, _ := strings.Cut(f.Loc, ".")
		if root == "" {
			root = name
		}
		if name != root || strings.HasPrefix(name, "[") {
			b.add(pointer(at, "fields", i, "loc"), "the fields are not within one element", "Begin every loc with the same name, or add root: with the name of the element around them.")
		}
	}
}

func buildXML(m *Method, in *mapping.Inputs, r *room) (content, error) {
	if in.Document != nil {
		return content{body: in.Document}, r.fits(len(in.Document))
	}
	doc, err := in.AppendJSON(nil)
	if err != nil {
		return content{}, err
	}
	w := &xmlWriter{room: r}
	w.WriteString(xml.Header)
	if root := m.Definition.Request.Root; root != "" {
		err = w.element(root, doc)
	} else {
		for name, v := range mapping.Members(doc) {
			if err = w.element(name, v); err != nil {
				break
			}
		}
	}
	return content{body: w.Bytes()}, err
}

// AppendXML writes the members of a JSON object as elements, without a declaration, into a text of at most most bytes; it is
// the inverse of DecodeXML.
func AppendXML(b []byte, object mapping.Value, most int) ([]byte, error) {
	if mapping.KindOf(object) != mapping.Object {
		return nil, errors.New("only an object can be written as XML")
	}
	w := &xmlWriter{room: &room{ctx: context.Background(), most: most}}
	w.Write(b)
	for name, v := range mapping.Members(object) {
		if err := w.element(name, v); err != nil {
			return nil, err
		}
	}
	return w.Bytes(), nil
}

// xmlWriter writes elements.
type xmlWriter struct {
	bytes.Buffer
	*room
}

// element writes a value as an element, a list as one element for each item.
func (w *xmlWriter) element(name string, v mapping.Value) error {
	if !isXMLName(name) {
		return fmt.Errorf("%q is not the name of an XML element", shorten(name))
	}
	return w.named(name, v)
}

// named is element for a name that was looked at, which may be long and repeat.
func (w *xmlWriter) named(name string, v mapping.Value) error {
	switch mapping.KindOf(v) {
	case mapping.Missing:
		return nil
	case mapping.List:
		if err := w.enters(len(v)); err != nil {
			return err
		}
		for item := range wholeList.GetAll(v) {
			if err := w.named(name, item); err != nil {
				return err
			}
		}
		return nil
	case mapping.Object:
		return w.object(name, v)
	}
	text := mapping.Text(v)
	if err := w.fits(w.Len() + 2*len(name) + len(text)); err != nil {
		return err
	}
	w.WriteString("<" + name + ">")
	xml.EscapeText(w, []byte(text))
	w.WriteString("</" + name + ">")
	return w.fits(w.Len())
}

func (w *xmlWriter) object(name string, v mapping.Value) error {
	if err := cmp.Or(w.fits(w.Len()+2*len(name)), w.enters(2*len(v))); err != nil {
		return err
	}
	w.WriteString("<" + name)
	for member, value := range mapping.Members(v) {
		attribute, ok := strings.CutPrefix(member, "@")
		if !ok {
			continue
		}
		if !isXMLName(attribute) {
			return fmt.Errorf("%q is not the name of an XML attribute", shorten(attribute))
		}
		w.WriteString(" " + attribute + `="`)
		xml.EscapeText(w, []byte(mapping.Text(value)))
		w.WriteString(`"`)
		if err := w.fits(w.Len()); err != nil {
			return err
		}
	}
	w.WriteString(">")
	for member, value := range mapping.Members(v) {
		switch {
		case strings.HasPrefix(member, "@"):
		case member == "#text":
			xml.EscapeText(w, []byte(mapping.Text(value)))
		default:
			if err := w.element(member, value); err != nil {
				return err
			}
		}
	}
	w.WriteString("</" + name + ">")
	return w.fits(w.Len())
}

func isXMLName(s string) bool {
	prefix, local, ok := strings.Cut(s, ":")
	if ok {
		return isXMLPart(prefix) && isXMLPart(local)
	}
	return isXMLPart(s)
}

func isXMLPart(s string) bool {
	for i, r := range s {
		if !(unicode.IsLetter(r) || r == '_' || i > 0 && (unicode.IsDigit(r) || r == '-' || r == '.')) {
			return false
		}
	}
	return s != ""
}

// xmlNode is an element on its way to JSON.
type xmlNode struct {
	name     string
	text     []byte
	names    []string // of members, in order
	members  map[string][][]byte
	children bool
}

// DecodeXML reads a document as JSON of at most limit bytes. No entity but the five of the language is known, and nothing outside
// of the document is ever read.
func DecodeXML(doc []byte, limit int64) ([]byte, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	root := &xmlNode{}
	stack := []*xmlNode{root}
	nodes, size := 0, int64(0)
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, errNotXML
		}
		top := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.Directive:
			return nil, errDoctype
		case xml.StartElement:
			nodes += 1 + len(t.Attr)
			switch {
			case len(stack) > maxJSONDepth:
				return nil, errTooDeep
			case nodes > maxXMLNodes || len(t.Attr) > maxXMLAttributes:
				return nil, errManyXML
			case len(stack) == 1 && top.children:
				return nil, errNotXML // a second root
			}
			top.children = true
			n := &xmlNode{name: nameOfXML(t.Name)}
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					n.add("@"+a.Name.Local, appendString(nil, a.Value))
				}
			}
			stack = append(stack, n)
		case xml.EndElement:
			if len(stack) == 1 || top.name != nameOfXML(t.Name) {
				return nil, errNotXML
			}
			stack = stack[:len(stack)-1]
			value := top.json()
			// Each level copies what is below it, so depth times size is bounded, too.
			if size += int64(len(value)); size > 8*limit {
				return nil, errTooLarge
			}
			stack[len(stack)-1].add(localXML(top.name), value)
		case xml.CharData:
			if len(stack) > 1 {
				top.text = append(top.text, t...)
			}
		}
	}
	if len(stack) > 1 || !root.children {
		return nil, errNotXML
	}
	out := root.json()
	if int64(len(out)) > limit {
		return nil, errTooLarge
	}
	return out, nil
}

func nameOfXML(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

func localXML(name string) string {
	if _, local, ok := strings.Cut(name, ":"); ok {
		return local
	}
	return name
}

func (n *xmlNode) add(name string, value []byte) {
	if n.members == nil {
		n.members = map[string][][]byte{}
	}
	if _, ok := n.members[name]; !ok {
		n.names = append(n.names, name)
	}
	n.members[name] = append(n.members[name], value)
}

// json writes an element without attributes and children as text, others as an object.
func (n *xmlNode) json() []byte {
	if len(n.names) == 0 {
		return appendString(nil, string(n.text))
	}
	b := []byte{'{'}
	for i, name := range n.names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		if list := n.members[name]; len(list) > 1 {
			b = append(append(append(b, '['), bytes.Join(list, []byte{','})...), ']')
		} else {
			b = append(b, list[0]...)
		}
	}
	if text := bytes.TrimSpace(n.text); len(text) > 0 {
		b = append(append(b, `,"#text":`...), appendString(nil, string(text))...)
	}
	return append(b, '}')
}
