package storefront

import (
	"strings"
	"testing"

	"paceline"
)

func TestConfinedCSS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, css, want string }{
		{"nothing", "", ""},
		{"a rule", ".button { color: #fff; }", ".branded .button{color:#fff;}\n"},
		{"several selectors", "h1, .card > h2:first-child , li::before { margin: 0 }", ".branded h1,.branded .card > h2:first-child,.branded li::before{margin:0;}\n"},
		{"comments", "/* a { b } */ p{/* x */color:red/**/}", ".branded p{color:red;}\n"},
		{"functions that compute", "p { width: calc(100% - 2px); background: linear-gradient(to right, rgb(1,2,3), var(--pl-bg)) !important }",
			".branded p{width:calc(100% - 2px);background:linear-gradient(to right, rgb(1,2,3), var(--pl-bg)) !important;}\n"},
		{"a narrow page", "@media (max-width:\n600px) { p { color: red } }", "@media (max-width: 600px){.branded p{color:red;}\n}\n"},
		{"a name of a font", `p { font-family: "A B", serif }`, `.branded p{font-family:"A B", serif;}` + "\n"},
	} {
		got, err := Confined(c.css)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	for name, css := range map[string]string{
		"loads a picture":               "p{background:url(https://evil.example/x.png)}",
		"loads a picture in disguise":   "p{background:u\\72l(https://evil.example)}",
		"loads with a comment within":   "p{background:ur/**/l(x)}",
		"loads an image set":            "p{background:image-set('x' 1x)}",
		"loads a style":                 "@import 'https://evil.example/x.css';",
		"loads a font":                  "@font-face{font-family:x;src:local(x)}",
		"asks for a charset":            "@charset 'x';",
		"reads what is typed":           "input[value^=a]{color:red}",
		"reads any attribute":           "[data-x]{color:red}",
		"names an id":                   "#root{color:red}",
		"looks around":                  ":has(input){color:red}",
		"looks for what is not":         ":not(.a){color:red}",
		"lays itself over":              "p{position:fixed}",
		"speaks":                        "p::before{content:'Sign in again'}",
		"changes a state's colour":      "p{--pl-fail:green}",
		"leaves its rule":               "p{color:red}}html{color:red}",
		"leaves its style element":      "p{color:red}</style><script>alert(1)</script>",
		"swallows what follows":         "p{color:rgb(1,2,3}.a{color:red)}",
		"a bracket before its pair":     "p{color:)(}",
		"a quote without an end":        `p{font-family:"a}`,
		"quotes that cross":             `p{font-family:'"' "}`,
		"a block without an end":        "@media (max-width: 1px){p{color:red}",
		"a comment without an end":      "p{color:red}/*",
		"media within media":            "@media (max-width: 1px){@media (max-width: 1px){p{color:red}}}",
		"a nested rule":                 "p{color:red; & .a{color:blue}}",
		"no rule":                       "color:red",
		"a sibling of the element":      "+ p{color:red}",
		"another namespace":             "svg|a{color:red}",
		"a zero byte":                   "p{color:red}\x00",
		"a behaviour":                   "p{behavior:x}",
		"a binding":                     "p{-moz-binding:x}",
		"an expression":                 "p{width:expression(1)}",
		"an attribute as a value":       "p{width:attr(value)}",
		"much too long":                 strings.Repeat("p{color:red}", 6000),
		"an empty selector":             ", p{color:red}",
		"a keyframe":                    "@keyframes x{from{color:red}}",
		"a colon in the way of a value": "p{color:red:blue}",
	} {
		if got, err := Confined(css); paceline.CodeOf(err) != paceline.CodeFieldInvalid {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := Confined("p { color: red }\n\n/* a\nb */ p { position: fixed }"); err == nil || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("a refusal says where: %v", err)
	}
}

// FuzzConfined: whatever comes out is rules that all begin with the element, and goes through again.
func FuzzConfined(f *testing.F) {
	f.Add(".a > b:hover{color:red} @media (max-width: 600px){p{margin:calc(1px + 2px)}}")
	f.Add("p{font-family:'a\"b'}")
	f.Fuzz(func(t *testing.T, css string) {
		out, err := Confined(css)
		if err != nil {
			return
		}
		if strings.ContainsAny(out, "<\\@[#") && !strings.Contains(out, "@media (") && !strings.Contains(css, "#") {
			t.Errorf("%q became %q", css, out)
		}
		for line := range strings.SplitSeq(out, "\n") {
			line = strings.TrimPrefix(line, "}")
			if i := strings.Index(line, "){"); strings.HasPrefix(line, "@media") && i > 0 {
				line = line[i+2:]
			}
			if line != "" && !strings.HasPrefix(line, "."+Branded+" ") {
				t.Errorf("%q became %q: %q is outside", css, out, line)
			}
		}
	})
}
