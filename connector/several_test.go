package connector

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"paceline/mapping"
)

// TestSeveralHeaders reads headers out of one value; "" is refused.
func TestSeveralHeaders(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`null`:                     "none",
		`""`:                       "none",
		`{"x-a":"1","X-B":2}`:      "X-A: 1, X-B: 2",
		`"x-a: 1\n\r\n X-B : b:c"`: "X-A: 1, X-B: b:c",
		`{"X-Key":"s","X-A":"1"}`:  "X-Key: REDACTED, X-A: 1",
		`{"X-A":"1\r\nX-B: 2"}`:    "",
		`{"X A":"1"}`:              "",
		`{"":"1"}`:                 "",
		`{"host":"evil.example"}`:  "",
		`{"Content-Length":"0"}`:   "",
		`"no colon"`:               "",
		`["x"]`:                    "",
		`7`:                        "",
		many(maxSeveral):           "A: 1",
		many(maxSeveral + 1):       "",
	} {
		o := &outgoing{method: "GET"}
		err := o.several(mapping.Value(value))
		got := "none"
		if len(o.headers) > 0 {
			o.url = mustURL("https://x.example")
			lines := strings.Split(strings.TrimSpace(string(o.appendHead(nil))), "\r\n")[2:]
			got = strings.Join(lines, ", ")
		}
		if err != nil {
			got = ""
		}
		if got != want {
			t.Errorf("%.60s: %q (%v), want %q", value, got, err, want)
		}
	}
}

func many(n int) string {
	return `"` + strings.Repeat(`a: 1\n`, n) + `"`
}

// TestWholeAddress: one parameter alone is a whole address, which no user and no other scheme is part of.
func TestWholeAddress(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"https://api.example.com/v1?page=1#top": "https://api.example.com/v1?page=1",
		" http://api.example.com:8080 ":         "http://api.example.com:8080",
		"https://api.example.com/a b":           "https://api.example.com/a%20b",
		"api.example.com":                       "",
		"//api.example.com/":                    "",
		"https://":                              "",
		"https://ada:x@api.example.com/":        "",
		"ftp://api.example.com/":                "",
		"javascript:alert(1)":                   "",
		"https://api.example.com/\r\nX: 1":      "",
		"":                                      "",
	} {
		got, err := wholeEscape.append(nil, textVal(value))
		if (err != nil) != (want == "") || string(got) != want {
			t.Errorf("%q: %q (%v), want %q", value, got, err, want)
		}
	}
}

// TestAnswersOfUnknownForm reads answers of which nothing is known beforehand.
func TestAnswersOfUnknownForm(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", maxJSONDepth+1) + strings.Repeat("]", maxJSONDepth+1)
	for _, c := range []struct{ format, body, want string }{
		{"auto", `{"a":1}`, `{"a":1}`},
		{"auto", `7`, `7`},
		{"auto", `a "b"`, `{"body":"a \"b\""}`},
		{"auto", deep, `{"body":"` + deep + `"}`},
		{"full", `[1]`, `{"Status":201,"Headers":{"A":"1, 2"},"Body":[1]}`},
		{"full", `text`, `{"Status":201,"Headers":{"A":"1, 2"},"Body":"text"}`},
		{"full", ``, `{"Status":201,"Headers":{"A":"1, 2"},"Body":null}`},
	} {
		a := &answer{status: 201, header: http.Header{"A": {"1", "2"}}}
		got, err := answerFormats[c.format].decode(nil, a, []byte(c.body), 1<<20)
		if err != nil || string(got) != c.want {
			t.Errorf("%s of %.20s: %s (%v), want %s", c.format, c.body, got, err, c.want)
		}
	}
	if got, err := decodeFull(nil, &answer{status: 204}, nil, 1<<20); err != nil || string(got) != `{"Status":204,"Headers":{},"Body":null}` {
		t.Errorf("without headers: %s, %v", got, err)
	}
}

func mustURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}
