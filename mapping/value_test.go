package mapping

import (
	"cmp"
	"encoding/json"
	"math/big"
	"testing"
	"time"
	"unicode/utf8"

	"paceline"

	"pgregory.net/rapid"
)

func TestQuoteAndText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.Rune()), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		quoted := Quote(s)
		var back string
		if err := json.Unmarshal(quoted, &back); err != nil {
			t.Fatalf("%q quoted as %s: %v", s, quoted, err)
		}
		if utf8.ValidString(s) && back != s {
			t.Fatalf("%q reads back as %q", s, back)
		}
		if Text(quoted) != back {
			t.Fatalf("Text of %s is %q, want %q", quoted, Text(quoted), back)
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if Text(b) != back {
			t.Fatalf("Text of %s is %q, want %q", b, Text(b), back)
		}
	})
	for raw, want := range map[string]string{
		`"\ud83d\ude00 \u00e9\/\b\f\n\r\t\"\\"`: "😀 é/\b\f\n\r\t\"\\",
		`"\ud83d"`:                              "\ufffd",
		`"\ud83d\u0041"`:                        "\ufffdA",
		`"\ude00x"`:                             "\ufffdx",
		`1.50`:                                  "1.50",
		` true `:                                "true",
		`null`:                                  "",
		``:                                      "",
		`[1, 2]`:                                "[1, 2]",
	} {
		if got := Text(Value(raw)); got != want {
			t.Errorf("Text(%s) = %q, want %q", raw, got, want)
		}
		if got := string(AppendText([]byte(">"), Value(raw))); got != ">"+want {
			t.Errorf("AppendText(%s) = %q", raw, got)
		}
	}
}

func TestEmpty(t *testing.T) {
	for raw, want := range map[string]bool{
		"": true, " ": true, "null": true, `""`: true, "[]": true, "{ }": true, "[ ]": true,
		"0": false, "false": false, `" "`: false, "[null]": false, `{"a":null}`: false,
	} {
		if Empty(Value(raw)) != want {
			t.Errorf("Empty(%q) = %v", raw, !want)
		}
	}
}

func TestCoerce(t *testing.T) {
	for _, c := range []struct {
		dataType paceline.DataType
		in, out  string
		ok       bool
	}{
		{paceline.TypeText, `"x"`, `"x"`, true},
		{paceline.TypeText, `9007199254740993`, `"9007199254740993"`, true},
		{paceline.TypeText, `1.50`, `"1.50"`, true},
		{paceline.TypeText, `true`, `"true"`, true},
		{paceline.TypeText, `{"a":1}`, `{"a":1}`, false},
		{paceline.TypeText, `null`, `null`, true},
		{paceline.TypeText, ``, ``, true},
		{paceline.TypeInteger, `9223372036854775808`, `9223372036854775808`, true},
		{paceline.TypeInteger, `"007"`, `7`, true},
		{paceline.TypeInteger, `" +12 "`, `12`, true},
		{paceline.TypeInteger, `"-0"`, `-0`, true},
		{paceline.TypeInteger, `5.0`, `5`, true},
		{paceline.TypeInteger, `1e3`, `1000`, true},
		{paceline.TypeInteger, `"1.20e1"`, `12`, true},
		{paceline.TypeInteger, `-120e-1`, `-12`, true},
		{paceline.TypeInteger, `0.000`, `0`, true},
		{paceline.TypeInteger, `5.5`, `5.5`, false},
		{paceline.TypeInteger, `1e999999999999`, `1e999999999999`, false},
		{paceline.TypeInteger, `"5 apples"`, `"5 apples"`, false},
		{paceline.TypeInteger, `""`, `""`, false},
		{paceline.TypeInteger, `true`, `true`, false},
		{paceline.TypeInteger, `[1]`, `[1]`, false},
		{paceline.TypeFloat, `1.5e3`, `1.5e3`, true},
		{paceline.TypeDecimal, `"0012.3400"`, `12.3400`, true},
		{paceline.TypeDecimal, `".5"`, `0.5`, true},
		{paceline.TypeDecimal, `"+5."`, `5`, true},
		{paceline.TypeDecimal, `"-.5e2"`, `-0.5e2`, true},
		{paceline.TypeDecimal, `"1,234.5"`, `"1,234.5"`, false},
		{paceline.TypeDecimal, `"NaN"`, `"NaN"`, false},
		{paceline.TypeDecimal, `"0x10"`, `"0x10"`, false},
		{paceline.TypeDecimal, `"."`, `"."`, false},
		{paceline.TypeBoolean, `true`, `true`, true},
		{paceline.TypeBoolean, `"Yes"`, `true`, true},
		{paceline.TypeBoolean, `0`, `false`, true},
		{paceline.TypeBoolean, `"off"`, `false`, true},
		{paceline.TypeBoolean, `2`, `2`, false},
		{paceline.TypeBoolean, `"maybe"`, `"maybe"`, false},
		{paceline.TypeDateTime, `"2024-02-29T10:00:00+02:00"`, `"2024-02-29T10:00:00+02:00"`, true},
		{paceline.TypeDateTime, `"2024-02-29"`, `"2024-02-29"`, true},
		{paceline.TypeDateTime, `"2023-02-29"`, `"2023-02-29"`, false},
		{paceline.TypeDateTime, `"Mon, 02 Jan 2006 15:04:05 GMT"`, `"Mon, 02 Jan 2006 15:04:05 GMT"`, true},
		{paceline.TypeDateTime, `1700000000`, `"2023-11-14T22:13:20Z"`, true},
		{paceline.TypeDateTime, `1700000000123`, `"2023-11-14T22:13:20.123Z"`, true},
		{paceline.TypeDateTime, `1.5`, `1.5`, false},
		{paceline.TypeDateTime, `"tomorrow"`, `"tomorrow"`, false},
		{paceline.TypeUndefined, `{"a":1}`, `{"a":1}`, true},
		{paceline.TypeFile, `"x"`, `"x"`, true},
	} {
		out, ok := Coerce(Value(c.in), c.dataType)
		if string(out) != c.out || ok != c.ok {
			t.Errorf("%s of %s = %s %v, want %s %v", c.dataType, c.in, out, ok, c.out, c.ok)
		}
	}
}

// TestCoerceAs: dates are sent in the format of the definition, whatever form they came in.
func TestCoerceAs(t *testing.T) {
	for _, c := range []struct {
		dataType   paceline.DataType
		format, in string
		out        string
		ok         bool
	}{
		{paceline.TypeDateTime, "yyyy-MM-dd", `"2026-03-01T23:30:00-05:00"`, `"2026-03-01"`, true},
		{paceline.TypeDateTime, "yyyy-MM-dd", `"2026-03-01"`, `"2026-03-01"`, true},
		{paceline.TypeDateTime, "yyyy-MM-dd", `1772409600`, `"2026-03-02"`, true},
		{paceline.TypeDateTime, "dd.MM.yyyy HH:mm", `"2026-03-01T07:05:00Z"`, `"01.03.2026 07:05"`, true},
		{paceline.TypeDateTime, "RFC3339", `"2026-03-01"`, `"2026-03-01T00:00:00Z"`, true},
		{paceline.TypeDateTime, "unix", `"2026-03-02T00:00:00Z"`, `1772409600`, true},
		{paceline.TypeDateTime, "unixms", `"2026-03-02T00:00:00Z"`, `1772409600000`, true},
		{paceline.TypeDateTime, "", `"2026-03-01"`, `"2026-03-01"`, true},
		{paceline.TypeDateTime, "yyyy-MM-dd", `"tomorrow"`, `"tomorrow"`, false},
		{paceline.TypeDateTime, "yyyy-MM-dd", `null`, `null`, true},
		{paceline.TypeDateTime, "yyyy-MM-dd", ``, ``, true},
		{paceline.TypeText, "yyyy-MM-dd", `"2026-03-01T00:00:00Z"`, `"2026-03-01T00:00:00Z"`, true},
	} {
		out, ok := CoerceAs(Value(c.in), c.dataType, c.format)
		if string(out) != c.out || ok != c.ok {
			t.Errorf("%s as %q = %s %v, want %s %v", c.in, c.format, out, ok, c.out, c.ok)
		}
	}
}

func TestCoerceKeepsJSON(t *testing.T) {
	types := []paceline.DataType{paceline.TypeUndefined, paceline.TypeText, paceline.TypeInteger, paceline.TypeFloat,
		paceline.TypeDecimal, paceline.TypeBoolean, paceline.TypeDateTime, paceline.TypeFile}
	rapid.Check(t, func(t *rapid.T) {
		raw, err := json.Marshal(docGen(1).Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		dataType := rapid.SampledFrom(types).Draw(t, "type")
		once, ok := Coerce(raw, dataType)
		if !json.Valid(once) {
			t.Fatalf("%s of %s is no JSON: %s", dataType, raw, once)
		}
		twice, again := Coerce(once, dataType)
		if ok && (!again || string(twice) != string(once)) {
			t.Fatalf("%s of %s = %s, and of that %s", dataType, raw, once, twice)
		}
	})
}

func TestDecimalOrder(t *testing.T) {
	number := rapid.StringMatching(`[+-]?(0{0,2}\d{1,12}\.?\d{0,12}|\.\d{1,12})(e[+-]?\d{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		da, oka := parseDecimal([]byte(a))
		db, okb := parseDecimal([]byte(b))
		ra, wantA := new(big.Rat).SetString(a)
		rb, wantB := new(big.Rat).SetString(b)
		if oka != wantA || okb != wantB {
			t.Fatalf("%q %q: read %v %v, want %v %v", a, b, oka, okb, wantA, wantB)
		}
		if got, want := da.compare(db), ra.Cmp(rb); got != want {
			t.Fatalf("%q against %q = %d, want %d", a, b, got, want)
		}
		if n, ok := jsonNumber([]byte(a)); !ok || !json.Valid(n) || !equal(n, Quote(a)) {
			t.Fatalf("%q as JSON is %s", a, n)
		}
		if n, ok := da.integer(); ok != (ra.IsInt() && da.exp <= maxWholeDigits) || ok && cmp.Compare(string(n), ra.RatString()) != 0 {
			t.Fatalf("%q as an integer is %s %v, want %s", a, n, ok, ra.RatString())
		}
	})
}

func TestDateFormat(t *testing.T) {
	at := time.Date(2024, 3, 7, 5, 6, 9, 120_340_000, time.FixedZone("", 3600))
	for pattern, want := range map[string]string{
		"":                         "2024-03-07T05:06:09.12034+01:00",
		"yyyy-MM-ddTHH:mm:ssZ":     "2024-03-07T05:06:09Z",
		"yyyy-MM-ddTHH:mm:ss.fffK": "2024-03-07T05:06:09.120+01:00",
		"dd/MM/yy":                 "07/03/24",
		"d.M.yyyy H:mm":            "7.3.2024 5:06",
		"dddd ddd MMMM MMM":        "Thursday Thu March Mar",
		"hh:mm tt zzz zz":          "05:06 AM +01:00 +01",
		"'at' HH 'o''clock'":       "at 05 oclock",
		`\y\M HH`:                  "yM 05",
		"unix":                     "1709784369",
		"unixms":                   "1709784369120",
		"fffffff":                  "1203400",
	} {
		if got := string(appendDate(nil, at, pattern)); got != want {
			t.Errorf("%s = %q, want %q", pattern, got, want)
		}
	}
}
