package standin

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
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
	Headers    map[string]string  `yaml:"headers"`    // patterns of headers that must be there
	Problems   map[string]problem `yaml:"problems"`   // by kind: unauthorized, unknown, type, missing, path, limit, failure
	Operations []*operation       `yaml:"operations"`
}

// problem is how the vendor says that something is wrong; {{name}} in the body stands for the parameter.
type problem struct {
	Status  int               `yaml:"status"`
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
}

// operation is one call that the vendor knows. Parameters are given by name and type: text, integer, number, boolean or
// any. A name such as items[].price is a place in a body; * at its end stands for all below it.
type operation struct {
	Do       string            `yaml:"do"`   // verb and path; {} stands for a part of a path, {*} for several
	Form     bool              `yaml:"form"` // the body is a form, else JSON
	Query    map[string]string `yaml:"query"`
	Body     map[string]string `yaml:"body"`
	Required []string          `yaml:"required"` // of query and body
	With     map[string]string `yaml:"with"`     // places of the body, to the parameter without which they must not come
	Headers  map[string]string `yaml:"headers"`
	Reply    string            `yaml:"reply"` // fixture with the answer
	Page     string            `yaml:"page"`  // parameter that asks for a later page
	Last     string            `yaml:"last"`  // fixture with the answer to it

	verb string
	path *regexp.Regexp
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
	for _, op := range t.Operations {
		verb, path, ok := strings.Cut(op.Do, " ")
		if !ok {
			return nil, fmt.Errorf("%s: %q is no verb and path", system, op.Do)
		}
		pattern := regexp.QuoteMeta(path)
		pattern = strings.ReplaceAll(pattern, `\{\*\}`, `.+`)
		pattern = strings.ReplaceAll(pattern, `\{\}`, `[^/]+`)
		op.verb, op.path = verb, regexp.MustCompile("^"+pattern+"$")
	}
	return t, nil
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
