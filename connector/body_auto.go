package connector

import (
	"maps"
	"slices"
	"strconv"

	"paceline/mapping"
)

// Formats of answers of which nothing is known beforehand: auto reads JSON as it is, and anything else as the text body;
// full gives Status, Headers and Body of the answer.
var (
	_ = registerAnswer("auto", answerFormat{accept: "application/json, */*", decode: decodeAuto})
	_ = registerAnswer("full", answerFormat{accept: "application/json, */*", empty: true, decode: decodeFull})
)

func decodeAuto(_ *ResponseDef, _ *answer, body []byte, _ int64) ([]byte, error) {
	if checkJSON(body) == nil {
		return body, nil
	}
	return append(appendString([]byte(`{"body":`), string(body)), '}'), nil
}

func decodeFull(_ *ResponseDef, a *answer, body []byte, _ int64) ([]byte, error) {
	b := append([]byte(`{"Status":`), strconv.Itoa(a.status)...)
	b = append(b, `,"Headers":`...)
	separator := byte('{')
	headers := headerObject(a.header)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		b = append(appendString(append(b, separator), name), ':')
		b = appendString(b, headers[name])
		separator = ','
	}
	if separator == '{' {
		b = append(b, '{')
	}
	b = append(b, `},"Body":`...)
	switch {
	case len(body) == 0:
		b = append(b, "null"...)
	case checkJSON(body) == nil:
		b = append(b, body...)
	default:
		b = mapping.AppendQuoted(b, string(body))
	}
	return append(b, '}'), nil
}
