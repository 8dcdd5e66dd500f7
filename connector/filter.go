package connector

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"paceline/mapping"
)

// filterFunc turns one value into another. A missing value passes through all of them but default.
type filterFunc func(in val, args []val) (val, error)

type filter struct {
	apply    filterFunc
	min, max int // number of arguments
	usage    string
	example  string
	check    func(args []operand) *mistake
}

var filters = map[string]filter{
	"default": {filterDefault, 1, 1, "one: the value to use instead", "default: 'none'", nil},
	"date":    {present(filterDate), 1, 1, "one: the format", "date: 'yyyy-MM-dd'", nil},
	"number":  {present(filterNumber), 0, 1, "none, or the number of decimals", "number: 2", checkDecimals},
	"upper":   {onText(strings.ToUpper), 0, 0, "none", "upper", nil},
	"lower":   {onText(strings.ToLower), 0, 0, "none", "lower", nil},
	"trim":    {onText(strings.TrimSpace), 0, 0, "none", "trim", nil},
	"replace": {present(filterReplace), 2, 2, "two: the text and its replacement", "replace: '-', ''", nil},
	"split":   {present(filterSplit), 1, 1, "one: the separator", "split: ','", nil},
	"join":    {present(filterJoin), 1, 1, "one: the separator", "join: ','", nil},
	"first":   {present(filterFirst), 0, 0, "none", "first", nil},
	"last":    {present(filterLast), 0, 0, "none", "last", nil},
	"json":    {present(filterJSON), 0, 0, "none", "json", nil},
	"base64":  {onBytes(base64.StdEncoding.EncodeToString), 0, 0, "none", "base64", nil},
	"hex":     {onBytes(hex.EncodeToString), 0, 0, "none", "hex", nil},
	"url":     {onText(url.QueryEscape), 0, 0, "none", "url", nil},
	"sha256":  {present(filterSHA256), 0, 0, "none", "sha256 | base64", nil},
	"hmac":    {present(filterHMAC), 1, 2, "the key, and optionally sha1, sha256 or sha512", "hmac: SigningKey, 'sha256'", checkHMAC},
}

func filterNames() []string {
	var list []string
	for name := range filters {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func present(f filterFunc) filterFunc {
	return func(in val, args []val) (val, error) {
		if in.kind == missingVal {
			return in, nil
		}
		return f(in, args)
	}
}

func onText(f func(string) string) filterFunc {
	return present(func(in val, _ []val) (val, error) { return textVal(f(in.string())), nil })
}

func onBytes(f func([]byte) string) filterFunc {
	return present(func(in val, _ []val) (val, error) { return textVal(f(in.bytes())), nil })
}

func filterDefault(in val, args []val) (val, error) {
	if in.kind == missingVal || in.kind == textKind && in.text == "" {
		return args[0], nil
	}
	return in, nil
}

func filterDate(in val, args []val) (val, error) {
	t, ok := mapping.DateOf(in.json())
	if !ok {
		return val{}, fmt.Errorf("%q is not a date", shorten(in.string()))
	}
	return textVal(string(mapping.AppendDate(nil, t, args[0].string()))), nil
}

func filterNumber(in val, args []val) (val, error) {
	text := strings.TrimSpace(in.string())
	if !validNumber(text) || len(text) > 400 {
		return val{}, fmt.Errorf("%q is not a number", shorten(in.string()))
	}
	if len(args) == 1 {
		// An exponent is bounded before the number is written out, or 1e999999999 would fill the memory.
		if f, _ := strconv.ParseFloat(text, 64); f > 1e30 || f < -1e30 {
			return val{}, fmt.Errorf("%q is too large to be rounded", shorten(text))
		}
		if _, exponent, ok := strings.Cut(strings.ToLower(text), "e"); ok && len(exponent) > 4 {
			text = "0"
		}
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			return val{}, fmt.Errorf("%q is not a number", shorten(text))
		}
		decimals, _ := strconv.Atoi(args[0].string())
		text = exact.FloatString(min(max(decimals, 0), 30))
	}
	return val{kind: jsonVal, data: []byte(text)}, nil
}

func checkDecimals(args []operand) *mistake {
	if len(args) == 1 {
		if n, err := strconv.Atoi(args[0].literal.string()); args[0].ref != nil || err != nil || n < 0 || n > 30 {
			return &mistake{"the filter \"number\" takes a number of decimals from 0 to 30", "Example: {{Price | number: 2}}"}
		}
	}
	return nil
}

const maxFiltered = 16 << 20

func filterReplace(in val, args []val) (val, error) {
	text, old, by := in.string(), args[0].string(), args[1].string()
	if n := strings.Count(text, old); len(text)+n*len(by) > maxFiltered {
		return val{}, fmt.Errorf("replace makes a text of more than %d bytes", maxFiltered)
	}
	return textVal(strings.ReplaceAll(text, old, by)), nil
}

// maxSplit bounds what a text is taken apart into.
const maxSplit = 1_000_000

func filterSplit(in val, args []val) (val, error) {
	if strings.Count(in.string(), args[0].string()) >= maxSplit {
		return val{}, fmt.Errorf("split makes more than %d parts", maxSplit)
	}
	return val{kind: listVal, list: strings.Split(in.string(), args[0].string())}, nil
}

func filterJoin(in val, args []val) (val, error) {
	if in.kind != listVal {
		return textVal(in.string()), nil
	}
	between, size := args[0].string(), 0
	for _, item := range in.list {
		if size += len(item) + len(between); size > maxFiltered+len(between) {
			return val{}, fmt.Errorf("join makes a text of more than %d bytes", maxFiltered)
		}
	}
	return textVal(strings.Join(in.list, between)), nil
}

func filterFirst(in val, _ []val) (val, error) {
	if in.kind != listVal {
		return in, nil
	}
	return in.item(0), nil
}

func filterLast(in val, _ []val) (val, error) {
	if in.kind != listVal {
		return in, nil
	}
	return in.item(len(in.list) - 1), nil
}

// item returns an item of a list with its type, nothing when there is none.
func (v *val) item(n int) val {
	if n < 0 || n >= len(v.list) {
		return val{}
	}
	if v.data != nil {
		for item := range wholeList.GetAll(v.data) {
			if n == 0 {
				return valueVal(item)
			}
			n--
		}
	}
	return textVal(v.list[n])
}

func filterJSON(in val, _ []val) (val, error) { return textVal(string(in.json())), nil }

func filterSHA256(in val, _ []val) (val, error) {
	sum := sha256.Sum256(in.bytes())
	return val{kind: bytesVal, data: sum[:]}, nil
}

var hashes = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

func filterHMAC(in val, args []val) (val, error) {
	if args[0].kind == missingVal || len(args[0].bytes()) == 0 {
		return val{}, fmt.Errorf("the key of the signature is empty")
	}
	alg := "sha256"
	if len(args) == 2 {
		alg = args[1].string()
	}
	mac := hmac.New(hashes[alg], args[0].bytes())
	mac.Write(in.bytes())
	return val{kind: bytesVal, data: mac.Sum(nil)}, nil
}

func checkHMAC(args []operand) *mistake {
	if len(args) == 2 && (args[1].ref != nil || hashes[args[1].literal.string()] == nil) {
		return &mistake{"the second argument of the filter \"hmac\" is not an algorithm", "Write 'sha1', 'sha256' or 'sha512'."}
	}
	return nil
}
