package connector

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"paceline"
)

// Original is a definition in the form in which Cyclr exports custom connectors. Names are read in any letter case.
type Original struct {
	Name, UniqueIdentifier, Description, Version, ReleaseStatus string
	ProductAddon                                                struct{ Categories []string }
	Authentication                                              []originalAuth
	Parameters                                                  []originalParam
	Triggers                                                    []struct{ Name, Method, IdentifierKey, HumanReadableKey string }
	Methods                                                     []originalMethod
	RateLimits, Deprecations                                    []any
	Script                                                      string
}

type originalAuth struct {
	IsDefault                                           bool
	AuthName, AuthDescription, AuthScheme               string
	AuthType, OAuth2Type                                any // a name, or its number
	AuthoriseURL, AccessTokenURL, RevokeTokenURL, Scope string
}

type originalParam struct {
	TargetType                                              any
	TargetName, Name, DisplayName, Description, TriggerName string
	IsOptional, Hide, IsSensitive                           bool
	IsAccountConnectorProperty                              bool
	DataType, Value                                         any
	Values                                                  any // a list, or text with commas
}

type originalField struct {
	ConnectorField, Location, SystemField, Name, DisplayName, Description, TriggerName string
	IsOptional, Hide                                                                   bool
	DataType                                                                           any
}

type originalMethod struct {
	Name, Description, Category, HTTPMethod, Endpoint, XMLRootElement string
	MethodType, DataType                                              any
	MethodUniqueIdentifier, UniqueIdentifier, Script                  string
	Hide                                                              bool
	Parameters                                                        []originalParam
	RequestFormat, ResponseFormat                                     struct{ Fields []originalField }
}

// ReadOriginal reads such a document; the error is for the caller.
func ReadOriginal(document []byte) (o Original, err error) {
	if err := json.Unmarshal(document, &o); err != nil {
		return o, err
	}
	return o, nil
}

// Definition translates the document into the format of this package, as release version of the connector uid, and
// tells what of it was not understood.
func (o Original) Definition(key string, uid paceline.ID, version string) (document []byte, left []string, err error) {
	t := &translation{hosts: map[string]bool{}, names: map[string]bool{}, methods: map[string]string{}}
	out := map[string]any{
		"apiVersion": "connectors/v1", "kind": "Connector",
		"metadata": filled(map[string]any{"key": key, "uid": string(uid), "name": o.Name, "version": version, "apiVersion": o.Version,
			"description": o.Description, "categories": o.ProductAddon.Categories}),
	}
	t.properties(o.Parameters)
	for _, m := range o.Methods {
		t.methods[strings.ToLower(m.Name)] = t.slug(m.Name)
	}
	lookups := map[string]any{}
	t.lookups = map[string]string{}
	for _, trigger := range o.Triggers {
		method, known := t.methods[strings.ToLower(trigger.Method)]
		if name := word(trigger.Name); known && name != "" && trigger.IdentifierKey != "" {
			t.lookups[trigger.Name] = name
			lookups[name] = filled(map[string]any{"method": method, "value": trigger.IdentifierKey, "label": trigger.HumanReadableKey})
			continue
		}
		t.leave("the trigger %s", trigger.Name)
	}
	var methods []any
	for _, m := range o.Methods {
		if made := t.method(m); made != nil {
			methods = append(methods, made)
		}
	}
	for i, a := range o.Authentication {
		t.auth(i, a)
	}
	if len(o.RateLimits) > 0 {
		t.leave("the rate limits")
	}
	if len(o.Deprecations) > 0 {
		t.leave("the deprecations")
	}
	if o.Script != "" {
		t.leave("the script")
	}
	if len(methods) == 0 {
		return nil, t.left, fmt.Errorf("it has no method that could be understood")
	}
	out["methods"] = methods
	hosts := make([]string, 0, len(t.hosts))
	for host := range t.hosts {
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	for name, value := range map[string]any{"allowedHosts": hosts, "properties": t.props, "auth": t.auths, "lookups": lookups, "server": t.server} {
		switch v := value.(type) {
		case []string:
			if len(v) == 0 {
				continue
			}
		case []any:
			if len(v) == 0 {
				continue
			}
		case map[string]any:
			if len(v) == 0 {
				continue
			}
		}
		out[name] = value
	}
	document, err = json.Marshal(out)
	return document, t.left, err
}

// translation is what the parts of a document share.
type translation struct {
	props, auths []any
	server       map[string]any
	hosts        map[string]bool
	names        map[string]bool   // ids of methods that are taken
	methods      map[string]string // id by name in small letters
	lookups      map[string]string // name by trigger's
	left         []string
}

func (t *translation) leave(format string, args ...any) {
	t.left = append(t.left, fmt.Sprintf(format, args...))
}

func (t *translation) properties(list []originalParam) {
	headers, query := map[string]any{}, map[string]any{}
	for _, p := range list {
		name := word(p.TargetName)
		if name == "" {
			t.leave("the parameter %s", firstOf(p.DisplayName, p.Name))
			continue
		}
		scope := "connector"
		if p.IsAccountConnectorProperty {
			scope = "account"
		}
		made := map[string]any{"name": name, "label": firstOf(p.DisplayName, p.Name), "description": p.Description, "scope": scope,
			"type": typeOf(p.DataType), "required": !p.IsOptional && p.IsAccountConnectorProperty, "secret": p.IsSensitive, "hidden": p.Hide}
		if text := textOf(p.Value); text != "" && !p.IsSensitive {
			made["default"] = text
		}
		if values := valuesOf(p.Values); len(values) > 0 {
			made["values"] = values
		}
		t.props = append(t.props, filled(made))
		switch strings.ToLower(textOf(p.TargetType)) {
		case "httpheader":
			headers[p.TargetName] = "{{" + name + "}}"
		case "querystring":
			query[p.TargetName] = "{{" + name + "}}"
		}
	}
	t.server = filled(map[string]any{"headers": headers, "query": query})
}

func (t *translation) auth(i int, a originalAuth) {
	made := map[string]any{"id": "auth-" + strconv.Itoa(i+1), "label": a.AuthName, "description": a.AuthDescription, "default": a.IsDefault}
	switch strings.ToLower(textOf(a.AuthType)) {
	case "apikey", "1":
		made["type"] = "api_key"
		value := "{{auth.ApiKey}}"
		if a.AuthScheme != "" {
			value = a.AuthScheme + " " + value
		}
		made["fields"] = []any{map[string]any{"name": "ApiKey", "label": firstOf(a.AuthDescription, "API key"), "secret": true}}
		made["apply"] = map[string]any{"in": "header", "name": "Authorization", "value": value}
	case "basic", "2":
		made["type"] = "basic"
	case "none", "0":
		made["type"] = "none"
	case "oauth2", "4":
		made["type"], made["grant"], made["tokenUrl"] = "oauth2", "authorization_code", t.template(a.AccessTokenURL)
		switch strings.ToLower(textOf(a.OAuth2Type)) {
		case "clientcredentials":
			made["grant"] = "client_credentials"
		case "passwordcredentials":
			made["grant"] = "password"
		default:
			made["authorizeUrl"] = t.template(a.AuthoriseURL)
		}
		if a.RevokeTokenURL != "" {
			made["revokeUrl"] = t.template(a.RevokeTokenURL)
		}
		if scopes := strings.Fields(a.Scope); len(scopes) > 0 {
			made["scopes"] = map[string]any{"default": scopes}
		}
		t.host(a.AccessTokenURL)
	default:
		t.leave("the authentication %s", firstOf(a.AuthName, textOf(a.AuthType)))
		return
	}
	t.auths = append(t.auths, filled(made))
}

func (t *translation) method(m originalMethod) map[string]any {
	if kind := strings.ToLower(textOf(m.MethodType)); kind == "webhook" || kind == "script" || m.Endpoint == "" || m.Name == "" {
		t.leave("the method %s", m.Name)
		return nil
	}
	if m.Script != "" {
		t.leave("the script of the method %s", m.Name)
	}
	t.host(m.Endpoint)
	verb := strings.ToUpper(firstOf(m.HTTPMethod, "GET"))
	request := map[string]any{"method": verb, "url": t.template(m.Endpoint), "fields": t.fields(m.RequestFormat.Fields)}
	switch format := strings.ToLower(textOf(m.DataType)); format {
	case "xml":
		request["format"], request["root"] = "xml", m.XMLRootElement
	case "form", "formurlencoded":
		request["format"] = "form"
	}
	var params []any
	for _, p := range m.Parameters {
		in := map[string]string{"httpheader": "header", "querystring": "query", "mergefield": "template"}[strings.ToLower(textOf(p.TargetType))]
		name := word(p.TargetName)
		if in == "" || name == "" {
			t.leave("the parameter %s of the method %s", firstOf(p.DisplayName, p.Name, p.TargetName), m.Name)
			continue
		}
		made := map[string]any{"name": name, "in": in, "label": firstOf(p.DisplayName, p.Name), "description": p.Description,
			"type": typeOf(p.DataType), "required": !p.IsOptional, "hidden": p.Hide, "lookup": t.lookups[p.TriggerName]}
		if name != p.TargetName && in != "template" {
			made["target"] = p.TargetName
		}
		if values := valuesOf(p.Values); len(values) > 0 {
			made["values"] = values
		}
		if text := textOf(p.Value); text != "" {
			made["default"] = text
		}
		params = append(params, filled(made))
	}
	made := map[string]any{"id": t.methods[strings.ToLower(m.Name)], "name": m.Name, "description": m.Description, "category": m.Category,
		"hidden": m.Hide, "request": filled(request)}
	if uid, ok := paceline.ParseID(firstOf(m.MethodUniqueIdentifier, m.UniqueIdentifier)); ok {
		made["uid"] = string(uid)
	}
	if len(params) > 0 {
		made["params"] = params
	}
	if fields := t.fields(m.ResponseFormat.Fields); len(fields) > 0 {
		made["response"] = map[string]any{"fields": fields}
	}
	return filled(made)
}

func (t *translation) fields(list []originalField) (out []any) {
	for _, f := range list {
		loc := firstOf(f.ConnectorField, f.Location)
		if loc == "" {
			continue
		}
		out = append(out, filled(map[string]any{"loc": loc, "label": firstOf(f.DisplayName, f.SystemField, f.Name), "description": f.Description,
			"type": typeOf(f.DataType), "hidden": f.Hide, "lookup": t.lookups[f.TriggerName]}))
	}
	return out
}

var mergeField = regexp.MustCompile(`\{\{\s*([^{}]+?)\s*\}\}`)

// template writes merge fields by the names that properties and parameters have here.
func (t *translation) template(text string) string {
	return mergeField.ReplaceAllStringFunc(text, func(field string) string {
		return "{{" + word(mergeField.FindStringSubmatch(field)[1]) + "}}"
	})
}

// host allows the host of an address: as it is, or a property that holds it.
func (t *translation) host(address string) {
	address = t.template(address)
	if field := mergeField.FindString(address); field != "" && strings.HasPrefix(address, field) {
		t.hosts[field] = true
		return
	}
	scheme, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	if i := strings.LastIndex(host, "}}"); i >= 0 {
		if rest := host[i+2:]; strings.HasPrefix(rest, ".") {
			t.hosts["*"+rest] = true
		} else if rest == "" {
			t.hosts[mergeField.FindString(host)] = true
		}
		return
	}
	if u, err := url.Parse(scheme + "://" + host); err == nil && u.Host != "" {
		if scheme == "http" {
			host = "http://" + host
		}
		t.hosts[host] = true
	}
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug is an id of its own for a method.
func (t *translation) slug(name string) string {
	base := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if base == "" {
		base = "method"
	}
	base = strings.Trim(base[:min(len(base), 80)], "-")
	slug := base
	for n := 2; t.names[slug]; n++ {
		slug = base + "-" + strconv.Itoa(n)
	}
	t.names[slug] = true
	return slug
}

var notWord = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// word makes a name of a text, "" when there is nothing of one.
func word(text string) string {
	name := strings.Trim(notWord.ReplaceAllString(strings.TrimSpace(text), "_"), "_-")
	if name != "" && name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	return name[:min(len(name), 100)]
}

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func valuesOf(v any) (out []any) {
	switch v := v.(type) {
	case string:
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	case []any:
		for _, item := range v {
			if text := textOf(item); text != "" {
				out = append(out, text)
			}
		}
	}
	return out
}

// typeOf names a data type as the format does, "" for one that says nothing.
func typeOf(v any) string {
	name := strings.ToLower(textOf(v))
	if slices.Contains([]string{"text", "integer", "float", "decimal", "boolean", "datetime", "file"}, name) {
		return name
	}
	return ""
}

// filled leaves out what says nothing.
func filled(m map[string]any) map[string]any {
	for name, value := range m {
		switch v := value.(type) {
		case string:
			if v == "" {
				delete(m, name)
			}
		case bool:
			if !v {
				delete(m, name)
			}
		case []string:
			if len(v) == 0 {
				delete(m, name)
			}
		case []any:
			if len(v) == 0 {
				delete(m, name)
			}
		case map[string]any:
			if len(v) == 0 {
				delete(m, name)
			}
		}
	}
	return m
}
