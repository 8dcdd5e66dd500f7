package connectortest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"paceline/connector"
)

// Fixture is one case of a connector's folder, a JSON file that a test of the definition names. Request,
// Response and the inputs are for methods; Secret and Delivery for triggers.
type Fixture struct {
	About string `json:"about"`

	Properties     map[string]string          `json:"properties"`
	Auth           string                     `json:"auth"` // id of the entry; "" takes the default
	AuthValue      string                     `json:"authValue"`
	Params         map[string]json.RawMessage `json:"params"` // by "in:name"
	Fields         []Field                    `json:"fields"`
	System         map[string]string          `json:"system"` // merge fields such as TransactionId
	IdempotencyKey string                     `json:"idempotencyKey"`
	Webhook        *Webhook                   `json:"webhook"` // of methods that register one
	Cursor         string                     `json:"cursor"`  // how far the step has come
	Page           *connector.PageState       `json:"page"`    // the page or chunk; without it the first
	Request        Request                    `json:"request"`
	Response       Response                   `json:"response"`

	Secret   string    `json:"secret"`
	Delivery *Delivery `json:"delivery"`
	// Answers are those of the method that completes the delivery, one for each row; null for an empty one.
	Answers []json.RawMessage `json:"answers"`

	Expect Expect `json:"expect"`
}

// Field is the value of one request field.
type Field struct {
	Loc   string          `json:"loc"`
	Value json.RawMessage `json:"value"`
}

// Request is what the remote must have received. Headers that are not named don't matter; null says that
// a header must be missing. A body that is a JSON text is compared as text, any other by its values.
type Request struct {
	Method  string             `json:"method"`
	URL     string             `json:"url"`
	Headers map[string]*string `json:"headers"`
	Body    json.RawMessage    `json:"body"`
}

// Response is what the remote answers.
type Response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"` // a JSON text is sent as text
	File    string            `json:"file"` // instead of body, beside the fixture
}

// Delivery is what arrives at a webhook.
type Delivery struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"` // as the sender knows it
	Headers map[string]string `json:"headers"`
	Query   map[string]string `json:"query"`
	Body    json.RawMessage   `json:"body"`
	File    string            `json:"file"`
	At      string            `json:"at"` // RFC 3339; the time of arrival
}

// Expect is the result. What is left out is not compared.
type Expect struct {
	Output   json.RawMessage `json:"output"` // of a method, or payload of a trigger
	Rows     *int            `json:"rows"`
	More     *bool           `json:"more"`  // whether a page or chunk follows
	Class    string          `json:"class"` // of the error, "" for none
	Code     string          `json:"code"`
	Warnings []string        `json:"warnings"` // codes
	Cursor   *string         `json:"cursor"`   // how far the step has come then
	Fields   []Found         `json:"fields"`   // that a field source tells, all of them

	Verified  *bool   `json:"verified"` // true unless it says false
	Wanted    *bool   `json:"wanted"`
	EventID   *string `json:"eventId"`
	Challenge *string `json:"challenge"` // body of the answer to a challenge

	Asked []map[string]json.RawMessage `json:"asked"` // what the method that completes a delivery is given for each row, by name
}

// Found is a field that a field source tells.
type Found struct {
	Loc      string   `json:"loc"`
	Label    string   `json:"label"`
	Type     string   `json:"type"`
	Format   string   `json:"format"`
	Values   []string `json:"values"`
	Required bool     `json:"required"`
	ReadOnly bool     `json:"readonly"`
	Hidden   bool     `json:"hidden"`
}

// readFixture reads a fixture strictly, so that a misspelt key can't make a case pass.
func readFixture(path string) (*Fixture, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	f := &Fixture{}
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for file, body := range map[string]*json.RawMessage{f.Response.File: &f.Response.Body} {
		if err := loadBody(path, file, body); err != nil {
			return nil, err
		}
	}
	if f.Delivery != nil {
		if err := loadBody(path, f.Delivery.File, &f.Delivery.Body); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func loadBody(fixture, file string, body *json.RawMessage) error {
	if file == "" {
		return nil
	}
	if !filepath.IsLocal(file) {
		return fmt.Errorf("%s: the file %s does not lie beside it", fixture, file)
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(fixture), file))
	*body = text
	return err
}

// bytesOf returns the bytes of a body: a JSON text without its quotes, anything else as it stands.
func bytesOf(body json.RawMessage) []byte {
	var text string
	if len(body) > 0 && body[0] == '"' && json.Unmarshal(body, &text) == nil {
		return []byte(text)
	}
	return body
}
