package standin

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed tables/*.yaml
var tables embed.FS

// table is what one vendor takes and how it answers.
type table struct {
	Connector  string             `yaml:"connector"`  // whose fixtures are its answers
	Hosts      []string           `yaml:"hosts"`      // where it is
	Authorized string             `yaml:"authorized"` // pattern of a good Authorization
	Signed     *signed            `yaml:"signed"`     // of OAuth 1: whose signatures are good
	Headers    map[string]string  `yaml:"headers"`    // patterns of headers that must be there
	Problems   map[string]problem `yaml:"problems"`   // by kind: unauthorized, unknown, type, missing, path, limit, failure; by name of a parameter: its value is wrong
	SignIn     []*operation       `yaml:"signIn"`     // calls that give tokens
	Operations []*operation       `yaml:"operations"`
}

// problem is how the vendor says that something is wrong; {{name}} in the body stands for the parameter.
type problem struct {
	Status  int               `yaml:"status"`
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
}

// operation is one call that the vendor knows. Parameters are given by name and type: text, integer, number, boolean or
// any. A name such as items[].price is a place in a body; * stands for any characters of it, as in *__c.
type operation struct {
	Do       string            `yaml:"do"`   // verb and path; {} stands for a part of a path, {*} for several
	Host     string            `yaml:"host"` // where it is, any of the vendor's without
	Form     bool              `yaml:"form"` // the body is a form, else JSON
	Raw      string            `yaml:"raw"`  // pattern of the content type of a body that is neither
	Query    map[string]string `yaml:"query"`
	Body     map[string]string `yaml:"body"`
	Required []string          `yaml:"required"` // of query and body
	With     map[string]string `yaml:"with"`     // places of the body, to the parameter without which they must not come
	Headers  map[string]string `yaml:"headers"`
	Reply    string            `yaml:"reply"` // fixture with the answer
	Page     string            `yaml:"page"`  // parameter that asks for a later page
	Last     string            `yaml:"last"`  // fixture with the answer to it

	// Of signIn: the parameter grant_type, patterns of values, by place, of the Authorization, where the assertion is, and the answer.
	Grant      string            `yaml:"grant"`
	Values     map[string]string `yaml:"values"`
	Authorized string            `yaml:"authorized"`
	Assertion  *assertion        `yaml:"assertion"`
	Answer     string            `yaml:"answer"`

	verb  string
	path  *regexp.Regexp
	known []pattern
}

// pattern is a name with * in Query or Body.
type pattern struct {
	name *regexp.Regexp
	kind string
}

func readTable(system string) (*table, error) {
	text, err := tables.ReadFile("tables/" + system + ".yaml")
	if err != nil {
		return nil, err
	}
	t := &table{}
	if err := yaml.UnmarshalWithOptions(text, t, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", system, err)
	}
	for _, op := range slices.Concat(t.SignIn, t.Operations) {
		verb, path, ok := strings.Cut(op.Do, " ")
		if !ok {
			return nil, fmt.Errorf("%s: %q is no verb and path", system, op.Do)
		}
		pattern := regexp.QuoteMeta(path)
		pattern = strings.ReplaceAll(pattern, `\{\*\}`, `.+`)
		pattern = strings.ReplaceAll(pattern, `\{\}`, `[^/]+`)
		op.verb, op.path = verb, regexp.MustCompile("^"+pattern+"$")
		op.compile()
	}
	return t, nil
}

// compile reads the names of the body that have a *.
func (op *operation) compile() {
	for name, kind := range op.Body {
		if strings.Contains(name, "*") {
			op.known = append(op.known, pattern{regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(name), `\*`, `[^.\[]*`) + `(\[\]|[.@].*)?$`), kind})
		}
	}
}

// answer is the response of a fixture.
type answer struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

func readAnswer(text []byte) (answer, error) {
	var fixture struct {
		Response answer `json:"response"`
	}
	err := json.Unmarshal(text, &fixture)
	if fixture.Response.Status == 0 {
		fixture.Response.Status = 200
	}
	return fixture.Response, err
}
