package connector

import (
	"fmt"

	"paceline/mapping"
)

// FillTemplate fills a template whose names are locations in a document of JSON, into a text of at most most bytes.
// A value that is missing leaves nothing.
func FillTemplate(text string, doc mapping.Value, most int) (string, error) {
	t, failed := parseTemplate(text, places{}, plainEscape)
	if failed != nil {
		return "", fmt.Errorf("%w. %s", failed, failed.remedy)
	}
	b, _, err := t.within(nil, inDocument{doc}, most)
	return string(b), err
}

// places are the names of a template that is about a document: every location in it.
type places struct{}

func (places) resolve(path string) (*ref, []string) {
	l, err := mapping.ParseLocation(path)
	if err != nil {
		return nil, nil
	}
	return &ref{root: rootBody, name: path, location: l}, nil
}

type inDocument struct{ doc mapping.Value }

func (d inDocument) lookup(r *ref) val { return valueAt(d.doc, r) }
