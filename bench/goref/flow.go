package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// flow is what W1 does with one contact.
type flow struct {
	sink   string
	client *http.Client
}

// contact holds the fields of the webhook that are mapped.
type contact struct {
	CID       string `json:"cid"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Phone     string `json:"phone"`
	Country   string `json:"country"`
	Company   struct {
		Name string `json:"name"`
	} `json:"company"`
}

// person is what the CRM takes.
type person struct {
	CID     string `json:"cid"`
	Given   string `json:"given_name"`
	Family  string `json:"family_name"`
	Mail    string `json:"mail"`
	Phone   string `json:"phone"`
	Country string `json:"country"`
	Company string `json:"company"`
}

// notice is what the regional system is told.
type notice struct {
	CID     string `json:"cid"`
	CRMID   string `json:"crm_id"`
	Country string `json:"country"`
}

func (f flow) createInCRM(c contact) (id string, err error) {
	var answer struct {
		ID string `json:"id"`
	}
	p := person{CID: c.CID, Given: c.FirstName, Family: c.LastName, Mail: c.Email, Phone: c.Phone, Country: c.Country, Company: c.Company.Name}
	err = f.post("/crm", p, &answer)
	return answer.ID, err
}

func (f flow) tellRegion(c contact, crmID string) error {
	path := "/final/row"
	if c.Country == "DE" {
		path = "/final/eu"
	}
	return f.post(path, notice{CID: c.CID, CRMID: crmID, Country: c.Country}, nil)
}

// post sends in as JSON and decodes the answer into out unless out is nil. Any status but 2xx is an error.
func (f flow) post(path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	resp, err := f.client.Post(f.sink+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return fmt.Errorf("POST %s answered %d", path, resp.StatusCode)
	case out == nil:
		return nil
	}
	return json.Unmarshal(answer, out)
}
