package utility

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"paceline/connector"
	"paceline/mapping"
	"paceline/store"
)

// passed is what the Cross Updating Preventer keeps of a record: digests of the data that were last passed on in each
// direction. Storing one direction forgets the other, so that a record may go back to a value that it had before.
type passed struct {
	Outbound string `json:",omitempty"`
	Inbound  string `json:",omitempty"`
}

func (p passed) by(inbound bool) string {
	if inbound {
		return p.Inbound
	}
	return p.Outbound
}

type updateAnswer struct {
	Key      string
	UpdateOK bool
}

type storedAnswer struct {
	Key    string
	Stored bool
}

func (k *keeper) crossUpdateMethods() map[string]method {
	return map[string]method{
		"update-ok-outbound":  k.updateOK(true),
		"store-data-outbound": k.storeData(false),
		"update-ok-inbound":   k.updateOK(false),
		"store-data-inbound":  k.storeData(true),
	}
}

// updateOK says whether data differ from what was last passed on the other way. Only then are they news.
func (k *keeper) updateOK(against bool) method {
	return func(ctx context.Context, c connector.UtilityCall) (any, error) {
		key, err := k.key(c)
		if err != nil {
			return nil, err
		}
		value, err := k.get(ctx, c, store.EntryStore{Connector: c.Instance.ID}, digest(key))
		if err != nil {
			return nil, err
		}
		var p passed
		if value != nil {
			if err := json.Unmarshal(value, &p); err != nil {
				return nil, err
			}
		}
		return updateAnswer{key, p.by(against) != digest(normal(field(c, "Data")))}, nil
	}
}

func (k *keeper) storeData(inbound bool) method {
	return func(ctx context.Context, c connector.UtilityCall) (any, error) {
		key, err := k.key(c)
		if err != nil {
			return nil, err
		}
		expires, err := k.expiry(c)
		if err != nil {
			return nil, err
		}
		sum := digest(normal(field(c, "Data")))
		p := passed{Outbound: sum}
		if inbound {
			p = passed{Inbound: sum}
		}
		value, err := encode(p)
		if err != nil {
			return nil, err
		}
		return k.change(ctx, c, store.EntryStore{Connector: c.Instance.ID}, digest(key), func([]byte, store.Entry) (change, error) {
			return change{value: value, expires: expires, answer: storedAnswer{key, true}}, nil
		})
	}
}

// normal writes data so that what means the same is the same: members in order, values as text without space around
// them, what is empty left out.
func normal(doc []byte) string {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return ""
	}
	out, err := encode(tidy(v))
	if err != nil {
		return ""
	}
	return string(out)
}

func tidy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if v[name] = tidy(member); v[name] == nil {
				delete(v, name)
			}
		}
		if len(v) == 0 {
			return nil
		}
		return v
	case []any:
		for i := range v {
			v[i] = tidy(v[i])
		}
		if !slices.ContainsFunc(v, func(item any) bool { return item != nil }) {
			return nil
		}
		return v
	case nil:
		return nil
	}
	doc, err := encode(v)
	if err != nil {
		return nil
	}
	if text := strings.TrimSpace(mapping.Text(mapping.Value(doc))); text != "" {
		return text
	}
	return nil
}
