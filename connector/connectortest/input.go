package connectortest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"paceline/connector"
	"paceline/mapping"
)

// inputs returns what a step would give: a list goes item by item onto the lists of its location.
func inputs(f *Fixture) (mapping.Inputs, error) {
	var in mapping.Inputs
	for name, value := range f.Params {
		where, name, ok := strings.Cut(name, ":")
		if !ok {
			return in, fmt.Errorf("params: write %q as in:name, for example path:Id", name)
		}
		in.Params = append(in.Params, mapping.Param{In: where, Name: name, Value: value})
	}
	for _, given := range f.Fields {
		l, err := mapping.ParseLocation(given.Loc)
		if err != nil {
			return in, fmt.Errorf("fields: %w", err)
		}
		field := mapping.Field{Location: l, Value: given.Value}
		if tree := treeOf(given.Value, l.Lists()); tree.Items != nil {
			field.Value, field.Tree = nil, &tree
		}
		in.Fields = append(in.Fields, field)
	}
	return in, nil
}

// treeOf makes lists of at most the given depth a tree; what lies deeper is a value.
func treeOf(value json.RawMessage, depth int) mapping.Tree {
	var items []json.RawMessage
	if depth == 0 || json.Unmarshal(value, &items) != nil || items == nil {
		return mapping.Tree{Value: mapping.Value(value)}
	}
	tree := mapping.Tree{Items: []mapping.Tree{}}
	for _, item := range items {
		tree.Items = append(tree.Items, treeOf(item, depth-1))
	}
	return tree
}

// Webhook is what methods that register a webhook mention.
type Webhook struct {
	URL       string    `json:"url"`
	ID        string    `json:"id"`
	Secret    string    `json:"secret"`
	Event     string    `json:"event"`
	Events    []string  `json:"events"`
	ExpiresAt time.Time `json:"expiresAt"`
}

func (w *Webhook) info() *connector.WebhookInfo {
	if w == nil {
		return nil
	}
	return &connector.WebhookInfo{URL: w.URL, ID: w.ID, Secret: w.Secret, Event: w.Event, Events: w.Events, ExpiresAt: w.ExpiresAt}
}
