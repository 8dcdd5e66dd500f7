package connector

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Type chain sends several credentials with each request, such as a key of the app besides a person's password. AuthValue
// is a JSON object with the fields of all parts.
var _ = registerAuth("chain", authType{wire: "AuthFields", keys: []string{"parts"}, read: readParts})

// chained are the types that a chain may have, of which one may make something of each request.
var chained = []string{"api_key", "basic", "bearer", "fields", "mtls", "oauth1", "sigv4", "hmac", "jwt", "digest", "session"}

// making are those that do.
var making = []string{"oauth1", "sigv4", "hmac", "jwt", "digest", "session"}

// chain compiles the parts into one entry.
func (b *builder) chain(a *Auth, out *compiledAuth, at string) {
	if len(a.Apply)+len(a.Fields) > 0 {
		b.add(at, "auth of type chain has fields or apply", "Write them at its parts.")
	}
	if len(a.Parts) == 0 {
		b.add(at, "auth of type chain lacks the key \"parts\"", "Add the entries whose credentials are sent together, as a list.")
	}
	fields, places := map[string]bool{}, map[string]bool{}
	for i := range a.Parts {
		part := &a.Parts[i]
		here := pointer(at, "parts", i)
		if !slices.Contains(chained, part.Type) {
			b.add(pointer(here, "type"), fmt.Sprintf("auth of type %s can be no part of a chain", part.Type), "For OAuth 2 beside another key write the key as a secret property in server.headers.")
			continue
		}
		if slices.Contains(making, part.Type) && out.signer != nil {
			b.add(pointer(here, "type"), "two parts of the chain make something of each request", "Keep one of them.")
			continue
		}
		if part.Default || part.Label != "" || part.Description != "" || part.Certificate != nil || part.Consent != nil {
			b.add(here, "a part of a chain has default, label, description, certificate or consent", "Write them at the chain; consent stands alone.")
		}
		one := b.entry(part, here)
		for _, f := range part.names() {
			if fields[f.Name] {
				b.add(here, fmt.Sprintf("two parts of the chain have a field %s", f.Name), "Declare fields with other names at one of them.")
			}
			fields[f.Name] = true
		}
		for _, apply := range one.apply {
			place := apply.in + " " + apply.name + apply.location.String()
			if places[place] {
				b.add(pointer(here, "apply"), fmt.Sprintf("two parts of the chain go to the %s %s", apply.in, apply.name), "Write apply with another name at one of them.")
			}
			places[place] = true
		}
		out.apply = append(out.apply, one.apply...)
		out.presents = out.presents || one.presents
		if one.signer != nil {
			out.signer = one.signer
		}
	}
	if out.cert != nil && out.presents {
		b.add(pointer(at, "certificate"), "the chain has a client certificate of its own besides the part mtls", "Keep one of them.")
	}
}

// withParts are the entry and the parts of a chain.
func (a *Auth) withParts() []*Auth {
	all := []*Auth{a}
	for i := range a.Parts {
		all = append(all, &a.Parts[i])
	}
	return all
}

// readParts gives each part what is its own.
func readParts(a *Auth, value string) (map[string]string, error) {
	var given map[string]string
	if json.Unmarshal([]byte(value), &given) != nil || given == nil {
		return nil, fmt.Errorf("expected a JSON object with a text for each of the fields")
	}
	all := map[string]string{}
	for i := range a.Parts {
		part := &a.Parts[i]
		for _, f := range part.AllFields() {
			if given[f.Name] == "" && !f.optional {
				return nil, fmt.Errorf("the field %s is missing", f.Name)
			}
		}
		own, err := authTypes[part.Type].read(part, part.AuthValue(given))
		if err != nil {
			return nil, err
		}
		for name, v := range own {
			all[name] = v
		}
	}
	return all, nil
}
