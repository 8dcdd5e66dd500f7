package connector

import "encoding/json"

// PagerDef says how the pages of a list are asked for, one after the other.
type PagerDef struct {
	Name    string `json:"-"`
	Default bool   `json:"default"` // for every GET method with rows that says nothing about paging
	PagerRules
}

// PagerRules are what a pager of its own and the paging of one method have in common.
type PagerRules struct {
	Type     string     `json:"type"`
	Start    *int       `json:"start"` // of page and offset
	Unit     string     `json:"unit"`  // of offset: rows, without it, or bytes
	Read     PagePlaces `json:"read"`
	Send     PagePlaces `json:"send"`
	Size     *PageSize  `json:"size"`
	Stop     []StopRule `json:"stop"`
	MaxPages int        `json:"maxPages"`
	MaxRows  int        `json:"maxRows"`
	Beyond   *BeyondDef `json:"beyond"`
}

// BeyondDef says how a list goes on where the vendor ends it, such as a search of at most 10,000 rows: from the value of the
// last row that came, by the rows' keys. Templates of body know {{page.from}}, that value, and {{page.above}}, the key of the
// last row of such a page, nothing on the first. A row with the same value may come twice, so a cursor leaves it out.
type BeyondDef struct {
	When string `json:"when"` // (CEL) of the last answer that the vendor gives in the usual way
	From string `json:"from"` // (location) in the rows, of what they are in the order of
	Key  string `json:"key"`  // (location) in the rows, of their keys, whose order the rest has
	Body Pairs  `json:"body"` // templates of JSON, by location: what the body has there from then on
}

// PagePlace is where a token stands in an answer, or where it goes in the next request.
type PagePlace struct {
	From string `json:"from"` // of read: body or header
	In   string `json:"in"`   // of send: query, header, body
	Name string `json:"name"` // of the header, parameter or, in a body, (location)
	Path string `json:"path"` // (location), of read from body
}

// PageSize asks for a number of rows per page.
type PageSize struct {
	In    string `json:"in"`
	Name  string `json:"name"`
	Value int    `json:"value"`
}

// StopRule ends the pages when its predicate holds.
type StopRule struct {
	When string `json:"when"` // (CEL)
}

// Paging is what a method says about its pages: "none", a pager's name under use, or rules of its own.
type Paging struct {
	None bool
	Use  string `json:"use"`
	PagerRules
}

// UnmarshalJSON reads either form.
func (p *Paging) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		p.None = true
		return nil
	}
	type plain Paging
	return json.Unmarshal(b, (*plain)(p))
}

// PagePlaces is one place or a list.
type PagePlaces []PagePlace

// UnmarshalJSON reads either form.
func (p *PagePlaces) UnmarshalJSON(b []byte) error {
	list, err := oneOrMany[PagePlace](b)
	*p = list
	return err
}

// Pagers are the pagers in the order of the file.
type Pagers []PagerDef

// UnmarshalJSON reads an object and keeps its order.
func (p *Pagers) UnmarshalJSON(b []byte) error {
	return eachMember(b, func(name string, d *json.Decoder) error {
		pager := PagerDef{Name: name}
		if err := d.Decode(&pager); err != nil {
			return err
		}
		*p = append(*p, pager)
		return nil
	})
}

// oneOrMany reads a value or a list of values.
func oneOrMany[T any](b []byte) ([]T, error) {
	if len(b) > 0 && b[0] == '[' {
		var list []T
		err := json.Unmarshal(b, &list)
		return list, err
	}
	var one T
	err := json.Unmarshal(b, &one)
	return []T{one}, err
}
