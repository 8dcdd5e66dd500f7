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
	var b []byte
	for i := range t.parts {
		part := template{parts: t.parts[i : i+1]}
		var err error
		if b, _, err = part.append(b, inDocument{doc}); err != nil {
			return "", err
		}
		if len(b) > most {
			return "", errTooLarge
		}
	}
	return string(b), nil
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
