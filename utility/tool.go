package utility

import (
	"context"
	"fmt"
	"time"

	"paceline"
	"paceline/connector"
	"paceline/mapping"
)

// tools are the methods of Data Tools, which work on the values of the step alone. Their files are tool_*.go.
type tools struct {
	clock  paceline.Clock
	search time.Duration // how long a search through a text may take
}

// toolBytes bounds the answer of a tool.
const toolBytes = 8 << 20

func toolMethods(clock paceline.Clock, search time.Duration) map[string]method {
	t := tools{clock, search}
	all := map[string]method{}
	for id, do := range map[string]func(ctx context.Context, c connector.UtilityCall) (any, error){
		"verify-email-syntax": verifyEmail,
		"regex-check":         regexCheck,
		"regex-extract":       t.regexExtract,
		"regex-replace":       t.regexReplace,
		"replace-text":        replaceText,
		"change-case":         changeCase,
		"trim-text":           trimText,
		"substring":           substring,
		"split-text":          splitText,
		"pad-text":            padText,
		"measure-text":        measureText,
		"fill-template":       fillTemplate,

		"calculate":     calculate,
		"round-number":  roundNumber,
		"format-number": formatNumber,
		"parse-number":  parseNumber,

		"current-date":    t.currentDate,
		"parse-date":      parseDate,
		"format-date":     formatDate,
		"add-to-date":     addToDate,
		"date-difference": dateDifference,
		"date-parts":      dateParts,
		"period-of-date":  periodOfDate,

		"count-items":     countItems,
		"get-item":        getItem,
		"take-items":      takeItems,
		"join-items":      joinItems,
		"sort-items":      sortItems,
		"unique-items":    uniqueItems,
		"filter-items":    filterItems,
		"group-items":     groupItems,
		"aggregate-items": aggregateItems,
		"merge-lists":     mergeLists,

		"csv-to-json": csvToJSON,
		"json-to-csv": jsonToCSV,
		"xml-to-json": xmlToJSON,
		"json-to-xml": jsonToXML,
		"parse-json":  parseJSON,
		"write-json":  writeJSON,

		"xlsx-to-json": xlsxToJSON,
		"json-to-xlsx": jsonToXLSX,
		"zip-files":    zipFiles,
		"unzip":        unzip,

		"hash-text":   hashText,
		"sign-text":   signText,
		"encode-text": encodeText,
		"decode-text": decodeText,
	} {
		all[id] = bounded(do)
	}
	return all
}

// bounded refuses answers that are too large to be carried on.
func bounded(do method) method {
	return func(ctx context.Context, c connector.UtilityCall) (any, error) {
		answer, err := do(ctx, c)
		if err != nil {
			return nil, err
		}
		out, err := encode(answer)
		if err == nil && len(out) > toolBytes {
			err = tooLarge()
		}
		return out, err
	}
}

func tooLarge() error { return badInput("The result has more than %d bytes.", toolBytes) }

func badInput(format string, args ...any) error {
	return refuse(paceline.CodeUtilityInput, fmt.Sprintf(format, args...))
}

// textOf reads a field as text.
func textOf(c connector.UtilityCall, name string) string { return text(field(c, name)) }

// choice reads a parameter that has one of a few values; without a value it is the first.
func choice(c connector.UtilityCall, name string, of ...string) (string, error) {
	v := c.Param(name)
	if v == "" {
		return of[0], nil
	}
	for _, o := range of {
		if v == o {
			return v, nil
		}
	}
	return "", badInput("%s is not one of its values.", name)
}

// flag reads a parameter that is true or false; without a value it is def.
func flag(c connector.UtilityCall, name string, def bool) (bool, error) {
	v := c.Param(name)
	if v == "" {
		return def, nil
	}
	b, ok := mapping.Coerce(mapping.Quote(v), paceline.TypeBoolean)
	if !ok {
		return false, badInput("%s is neither true nor false.", name)
	}
	return string(b) == "true", nil
}

// between reads a parameter that is a whole number within bounds; without a value it is def.
func between(c connector.UtilityCall, name string, def, least, most int64) (int, error) {
	n, err := whole(c, name, def)
	if err == nil && (n < least || n > most) {
		err = badInput("%s is between %d and %d.", name, least, most)
	}
	return int(n), err
}
