package connector

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"paceline"
	"paceline/mapping"
)

// maxFormKeys bounds the names in a form or query.
const maxFormKeys = 10_000

// Payload reads the delivery's body as one JSON document, or fails with CodeNotJSON:
//
//	JSON    the body itself, without a copy
//	form    an object with a member for each name; a name that repeats becomes a list
//	text    {"body": "..."}
//	xml     elements as members, attributes as members with @
//	query   as form, from the query; also for a delivery without a body
//
// With format auto, or none, the content type decides; a body that is neither form nor marked as text must
// be JSON.
func (t *Trigger) Payload(d Delivery) (json.RawMessage, error) {
	return payloadOf(&d, firstOf(t.Definition.Payload.Format, "auto"))
}

// PlainPayload is Payload for a webhook that belongs to no connector. Its senders are anybody's programs,
// which often send JSON under the content type that their library sets: an object or list is JSON whatever
// the content type says.
func PlainPayload(d Delivery) (json.RawMessage, error) {
	body := bytes.TrimSpace(d.RawBody)
	if len(body) == 0 {
		d.RawBody = nil
	} else if body[0] == '{' || body[0] == '[' {
		if doc, err := payloadOf(&d, "json"); err == nil || formatOf(&d) == "json" {
			return doc, err
		}
	}
	return payloadOf(&d, "auto")
}

func payloadOf(d *Delivery, format string) (json.RawMessage, error) {
	if format == "auto" {
		format = formatOf(d)
	}
	switch format {
	case "query":
		return formJSON(d.Query), nil
	case "form":
		values, err := parseForm(string(d.RawBody))
		if err != nil {
			return nil, paceline.Fail(paceline.CodeNotJSON, "type", "a form", "reason", err.Error())
		}
		return formJSON(values), nil
	case "text":
		if !utf8.Valid(d.RawBody) {
			return nil, paceline.Fail(paceline.CodeNotJSON, "type", "text", "reason", errNotUTF8.Error())
		}
		return append(mapping.AppendQuoted([]byte(`{"body":`), string(d.RawBody)), '}'), nil
	}
	body := bytes.TrimPrefix(d.RawBody, bom)
	if format == "xml" {
		doc, err := DecodeXML(body, MaxMaxResponse)
		if err == nil && !utf8.Valid(body) {
			err = errNotUTF8
		}
		if err != nil {
			return nil, paceline.Fail(paceline.CodeNotJSON, "type", "XML", "reason", err.Error())
		}
		return doc, nil
	}
	if err := checkJSON(body); err != nil {
		return nil, paceline.Fail(paceline.CodeNotJSON, "type", "JSON", "reason", err.Error())
	}
	return json.RawMessage(body), nil
}

func formatOf(d *Delivery) string {
	if len(d.RawBody) == 0 {
		return "query"
	}
	kind, _, _ := mime.ParseMediaType(d.Header.Get("Content-Type"))
	switch {
	case kind == "application/xml" || strings.HasSuffix(kind, "+xml"):
		return "xml"
	case kind == "application/x-www-form-urlencoded":
		return "form"
	case strings.HasPrefix(kind, "text/") && kind != "text/json":
		return "text"
	}
	return "json"
}

func parseForm(text string) (url.Values, error) {
	if strings.Count(text, "&") >= maxFormKeys {
		return nil, errTooDeep
	}
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, errNotForm
	}
	for name, list := range values {
		if !utf8.ValidString(name) || slices.ContainsFunc(list, func(s string) bool { return !utf8.ValidString(s) }) {
			return nil, errNotUTF8
		}
	}
	return values, nil
}

// formJSON writes names and values as an object, names in order so that equal forms give equal text.
func formJSON(values url.Values) json.RawMessage {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	b := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		if list := values[name]; len(list) == 1 {
			b = appendString(b, list[0])
		} else {
			l := val{kind: listVal, list: list}
			b = append(b, l.json()...)
		}
	}
	return append(b, '}')
}
