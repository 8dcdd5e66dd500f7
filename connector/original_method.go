package connector

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"paceline"
	"paceline/internal/loose"
)

// originalMethod is a method of such a document, or one of its webhooks.
type originalMethod struct {
	*loose.Node
	id, name string
	kind     string // action, webhook, script, or "" for one that is not understood
}

// names gives each method an id, by which lookups and webhooks find it.
func (t *translation) names() {
	for _, n := range t.top.List("Methods") {
		m := &originalMethod{Node: n, name: n.Text("Name")}
		n.Skip("Id", "CreatedOnUtc", "UpdatedOnUtc", "DisplayOrder", "Status", "Comments", "SubCategory", "Subcategory", "Connector_Id", "MethodCategory_Id")
		if kind := strings.ToLower(n.Text("MethodType")); slices.Contains([]string{"webhook", "script"}, kind) {
			m.kind = kind
		} else if n.Text("Endpoint") != "" && kind != "webhookresponse" {
			m.kind = "action"
		}
		if m.name == "" || m.kind == "" {
			t.leave("the method %s", m.name)
			continue
		}
		m.id = t.slug(m.name)
		t.order = append(t.order, m)
		for _, name := range []string{n.Text("Id"), n.Text("MethodUniqueIdentifier"), n.Text("UniqueIdentifier"), m.name} {
			if low := strings.ToLower(name); low != "" && t.methods[low] == nil {
				t.methods[low] = m
			}
		}
	}
}

// read translates all methods and webhooks.
func (t *translation) read() {
	for _, m := range t.order {
		switch m.kind {
		case "webhook":
			t.hooks = append(t.hooks, t.hook(m))
		case "script":
			if made := t.scriptMethod(m); made != nil {
				t.made = append(t.made, made)
			}
		default:
			t.made = append(t.made, t.method(m))
		}
	}
}

// head is what methods and webhooks have in common.
func (t *translation) head(m *originalMethod) map[string]any {
	made := map[string]any{"id": m.id, "name": m.name, "description": m.Text("Description"), "category": category(m), "hidden": m.Flag("Hide", "Hidden", "IsHidden")}
	if uid, ok := paceline.ParseID(m.Text("MethodUniqueIdentifier", "UniqueIdentifier")); ok {
		made["uid"] = string(uid)
	}
	if script := m.Text("Script", "ScriptText", "JavaScript"); script != "" {
		made["script"] = map[string]any{"source": script}
		if strings.Contains(script, "method_auth_value") && !strings.Contains(t.script, "method_auth_value") {
			t.leave("method_auth_value in the script of the method %s: only a connector whose own script mentions it shows scripts the credential", m.name)
		}
	}
	return made
}

func category(m *originalMethod) string {
	if text := m.Text("Category"); text != "" {
		return text
	}
	return m.Object("Category").Text("Name", "Category")
}

// method translates one call.
func (t *translation) method(m *originalMethod) map[string]any {
	made := t.head(m)
	made["warning"] = m.Text("Warning")
	pages := t.pagesOf(m)
	endpoint := pages.endpoint
	t.host(endpoint)
	verb := strings.ToUpper(firstOf(m.Text("HttpMethod"), "GET"))
	fields := t.fields(m.Object("RequestFormat"), m.name, true)
	request := map[string]any{"method": verb, "url": t.template(endpoint), "headers": pages.headers, "query": pages.query}
	text := t.requestFormat(m, request, fields)
	t.batch(m, request)
	made["request"] = filled(request)
	response := map[string]any{"fields": t.fields(m.Object("ResponseFormat"), m.name, false), "filter": pages.filter}
	t.responseFormat(m, response)
	rows := pages.rows
	if list, _ := response["fields"].([]any); rows == "" {
		rows = commonRows(list)
	}
	if rows != "" && (response["format"] == nil || response["format"] == "xml") {
		response["rows"] = rows
	}
	if pages.cursor != nil && response["rows"] == nil {
		pages.cursor, response["filter"] = nil, ""
		t.leave("the filter field of the method %s: its answer has no list", m.name)
	}
	if made["response"] = filled(response); pages.cursor != nil {
		made["cursor"] = pages.cursor
	}
	if pages.paging != nil && response["rows"] != nil {
		made["paging"] = pages.paging
	} else if pages.own { // those of the connector are for its lists
		t.leave("the pages of the method %s: its answer has no list", m.name)
	}
	if params := append(t.params(m, pages.params), text...); len(params) > 0 {
		made["params"] = params
	}
	if strings.Contains(strings.ToLower(endpoint), "cyclrobjectname") {
		made["object"] = firstOf(category(m), m.name)
	}
	t.customFields(m, made)
	if limits := t.limits(m.Node, m.id, m.id); len(limits) > 0 {
		made["tags"], t.limited = []string{m.id}, append(t.limited, limits...)
	}
	return filled(made)
}

// scriptMethod translates a method that makes no call.
func (t *translation) scriptMethod(m *originalMethod) map[string]any {
	made := t.head(m)
	if made["script"] == nil {
		t.leave("the method %s: it is a script without one", m.name)
		return nil
	}
	made["kind"], made["warning"] = "script", m.Text("Warning")
	m.Skip("HttpMethod", "Endpoint", "DataType", "RequestDataType", "ResponseDataType", "PagedInbound", "PagedOutbound", "PageSizeInbound", "PageSizeOutbound")
	if fields := t.fields(m.Object("RequestFormat"), m.name, true); len(fields) > 0 {
		made["request"] = map[string]any{"fields": fields}
	}
	response := map[string]any{"fields": t.fields(m.Object("ResponseFormat"), m.name, false)}
	response["rows"] = commonRows(response["fields"].([]any))
	made["response"] = filled(response)
	var own []originalParam
	for _, n := range m.List("Parameters") {
		p := paramOf(n)
		p.in = "template"
		own = append(own, p)
	}
	if params := t.params(m, own); len(params) > 0 {
		made["params"] = params
	}
	return filled(made)
}

// params translates the parameters of a method that people may set.
func (t *translation) params(m *originalMethod, list []originalParam) (out []any) {
	taken := map[string]bool{}
	for _, p := range list {
		in := p.in
		if in == "script" {
			in = "template"
		}
		if in != "header" && in != "query" && in != "template" || p.name == "" || taken[p.name] {
			t.leave("the parameter %s of the method %s", firstOf(p.label(), p.target), m.name)
			continue
		}
		taken[p.name] = true
		value, values := p.value, valuesOf(p.Get("Values"))
		if text, single := first(values); single && value == "" && p.hidden() {
			value, values = text, nil // a hidden parameter sends its one value
		}
		made := map[string]any{"name": p.name, "in": in, "label": p.label(), "description": p.Text("Description"), "type": typeOf(p.Get("DataType")),
			"required": p.required() && (!p.hidden() || value != ""), "hidden": p.hidden(), "lookup": t.lookups[strings.ToLower(p.Text("TriggerName"))], "values": values}
		if p.name != p.target && in != "template" {
			made["target"] = p.target
		}
		if value != "" {
			made["default"] = t.template(value)
		}
		out = append(out, filled(made))
	}
	return out
}

func first(values []any) (text string, single bool) {
	if len(values) != 1 {
		return "", false
	}
	text, single = values[0].(string)
	return text, single
}

// fields translates the fields of a request or an answer.
func (t *translation) fields(format *loose.Node, method string, request bool) []any {
	out, seen := []any{}, map[string]bool{}
	format.Skip("Id", "Name", "CreatedOnUtc", "UpdatedOnUtc")
	for _, f := range format.List("Fields") {
		loc := f.Text("ConnectorField", "Location")
		f.Skip("Id", "DisplayOrder", "CreatedOnUtc", "UpdatedOnUtc", "SystemFieldId", "ForRequestFormat", "MethodUniqueIdentifier", "EntityIdentifier")
		if loc == "" || seen[loc] {
			if loc == "" && (f.Has("SystemField") || f.Has("Name")) {
				t.leave("the field %s of the method %s", f.Text("SystemField", "Name"), method)
			}
			continue
		}
		seen[loc] = true
		made := map[string]any{"loc": loc, "name": f.Text("SystemField"), "label": f.Text("DisplayName", "SystemField", "Name"), "description": f.Text("Description"),
			"type": typeOf(f.Get("DataType")), "hidden": f.Flag("Hide", "Hidden", "IsHidden"), "lookup": t.lookups[strings.ToLower(f.Text("TriggerName"))],
			"format": f.Text("DataTypeFormat", "Format"), "values": valuesOf(f.Get("Values"))}
		value := f.Text("DefaultValue", "Default", "Value")
		if request && f.Has("IsOptional") && !f.Flag("IsOptional") && (made["hidden"] == false || value != "") {
			made["required"] = true
		}
		if request && value != "" {
			made["default"] = t.template(value)
		}
		out = append(out, filled(made))
	}
	return out
}

// commonRows is the list that most fields of an answer stand in, "" for an answer of single values.
func commonRows(fields []any) string {
	counts, best := map[string]int{}, ""
	for _, f := range fields {
		loc, _ := f.(map[string]any)["loc"].(string)
		end := strings.Index(loc, "]")
		if end < 0 || strings.Contains(loc[:end], `\`) {
			continue
		}
		list := loc[:end+1]
		if counts[list]++; best == "" || counts[list] > counts[best] {
			best = list
		}
	}
	return best
}

// requestFormat says how the body is written. A body that is one text is a parameter.
func (t *translation) requestFormat(m *originalMethod, request map[string]any, fields []any) (params []any) {
	if len(fields) == 0 {
		m.Skip("RequestDataType", "XmlRootElement")
		return nil
	}
	request["fields"] = fields
	switch kind := strings.ToLower(firstOf(m.Text("RequestDataType"), m.Object("RequestFormat").Text("DataType"), m.Text("DataType"))); kind {
	case "xml":
		request["format"], request["root"] = "xml", m.Text("XmlRootElement")
	case "form", "formurlencoded":
		request["format"] = "form"
	case "file":
		request["format"] = "multipart"
	case "multipartrelated":
		request["format"] = "multipart_related"
	case "simplefile":
		request["format"] = "binary"
	case "plaintext":
		if one, _ := fields[0].(map[string]any); len(fields) == 1 {
			name := word(firstOf(textIn(one, "name"), textIn(one, "loc")))
			request["format"], request["template"], request["fields"] = "text", "{{"+name+"}}", nil
			return []any{filled(map[string]any{"name": name, "in": "template", "label": one["label"], "description": one["description"], "required": true})}
		}
		t.leave("the plain text of the method %s: it has several fields", m.name)
	}
	return nil
}

func textIn(m map[string]any, name string) string {
	text, _ := m[name].(string)
	return text
}

// responseFormat says how the answer is read.
func (t *translation) responseFormat(m *originalMethod, response map[string]any) {
	switch strings.ToLower(firstOf(m.Text("ResponseDataType"), m.Object("ResponseFormat").Text("DataType"), m.Text("DataType"))) {
	case "xml":
		response["format"] = "xml"
	case "plaintext":
		response["format"] = "text"
	case "file", "simplefile":
		if m.Has("ResponseDataType") || m.Object("ResponseFormat").Has("DataType") {
			response["format"] = "binary"
		}
	}
}

// batch cuts a long list of the request into several requests.
func (t *translation) batch(m *originalMethod, request map[string]any) {
	size := m.Whole("PageSizeOutbound", 0)
	if size <= 0 {
		size = t.top.Whole("PageSizeOutbound", 0)
	}
	on := m.Flag("PagedOutbound") || !m.Has("PagedOutbound") && t.top.Flag("PagedOutbound")
	rows := m.Text("PagedOutboundLocation", "OutboundPagingLocation")
	if rows == "" {
		rows = t.top.Text("PagedOutboundLocation")
	}
	if !on || rows == "" || size <= 0 || request["fields"] == nil {
		return
	}
	request["batch"] = map[string]any{"rows": rows, "size": size}
}

// customFields names the methods that tell which further fields there are.
func (t *translation) customFields(m *originalMethod, made map[string]any) {
	both := []string{"CustomFieldsLookupMethod", "CustomFieldLookupMethod"}
	of := map[string]any{}
	for side, names := range map[string][]string{
		"request":  append([]string{"RequestCustomFieldsLookupMethod", "CustomRequestFieldsLookupMethod"}, both...),
		"response": append([]string{"ResponseCustomFieldsLookupMethod", "CustomResponseFieldsLookupMethod"}, both...),
	} {
		if source := t.methodOf(m.Node, names...); source != nil && source.kind != "webhook" {
			of[side] = source.id
		}
	}
	if len(of) > 0 {
		made["customFields"] = of
	}
	made["fieldSource"] = m.Flag("ForEnhancedCustomFields", "IsEnhancedCustomFields")
}

// pagesOf is what a method's parameters say about its pages, and what is left of them.
type pagesOf struct {
	endpoint       string
	params         []originalParam
	headers, query map[string]any // of the connector, which another method does without
	paging         map[string]any
	own            bool // the method itself says how
	filter, rows   string
	cursor         map[string]any
}

// pagesOf reads the parameters of a method and those of the connector that are about pages.
func (t *translation) pagesOf(m *originalMethod) *pagesOf {
	out := &pagesOf{endpoint: m.Text("Endpoint"), headers: map[string]any{}, query: map[string]any{}}
	var own []originalParam
	for _, n := range m.List("Parameters") {
		own = append(own, paramOf(n))
	}
	same := func(p originalParam) bool {
		return slices.ContainsFunc(own, func(o originalParam) bool { return o.in == p.in && strings.EqualFold(o.target, p.target) })
	}
	all := slices.Clone(own)
	for _, p := range t.shared {
		if !same(p) {
			all = append(all, p)
		}
	}
	size, sized := m.Number("PageSizeInbound")
	if !sized || size <= 0 {
		if size, sized = t.top.Number("PageSizeInbound"); !sized || size <= 0 {
			size = 100
		}
	}
	on := m.Flag("PagedInbound") || !m.Has("PagedInbound") && (t.top.Flag("PagedInbound") || !t.top.Has("PagedInbound"))
	tokens := map[string]*struct{ read, send map[string]any }{}
	var order []string
	var counted, sizes, next map[string]any
	var count string
	for _, p := range all {
		value := strings.ToUpper(p.first())
		switch {
		case p.first() == cancels:
			continue
		case p.in == "response" && value == "CYCLR_PAGE_NEXT_URL":
			next = map[string]any{"path": p.target}
			continue
		case p.in == "filter":
			out.rows = commonRows([]any{map[string]any{"loc": p.target}})
			inside := strings.TrimPrefix(strings.TrimPrefix(p.target, out.rows), ".")
			if out.rows == "" || inside == "" || strings.ContainsAny(inside, `[]\`) {
				t.leave("the filter field %s of the method %s", p.target, m.name)
				continue
			}
			out.filter = "cursor == '' || timestamp(row." + inside + ") > timestamp(cursor)"
			out.cursor = map[string]any{"field": p.target, "type": "datetime", "initial": "now"}
			continue
		case !p.magic() && p.in == "response":
			t.leave("the parameter %s of the method %s", p.target, m.name)
			continue
		case !p.magic():
			switch {
			case slices.ContainsFunc(own, func(o originalParam) bool { return o.Node == p.Node }):
				out.params = append(out.params, p)
			case p.in == "header":
				out.headers[p.target] = "{{" + p.name + "}}"
			case p.in == "query":
				out.query[p.target] = "{{" + p.name + "}}"
			}
			continue
		}
		p.Skip("DataType", "Description", "DisplayName", "Name", "Hide", "IsOptional", "Values")
		place := map[string]any{"in": p.in, "name": p.target}
		if p.in == "template" && !out.inQuery(p.target, place) {
			if value == "CYCLR_PAGE_SIZE" { // a fixed number wherever it stands
				out.endpoint = replaceField(out.endpoint, p.target, strconv.Itoa(size))
			} else {
				t.leave("the page parameter %s of the method %s: it stands in the path", p.target, m.name)
			}
			continue
		}
		switch {
		case value == "CYCLR_PAGE_NUMBER":
			count, counted = "page", place
		case value == "CYCLR_PAGE_OFFSET":
			count, counted = "offset", place
		case value == "CYCLR_PAGE_SIZE":
			place["value"] = size
			sizes = place
		case strings.HasPrefix(value, "CYCLR_PAGE_TOKEN"):
			if tokens[value] == nil {
				tokens[value] = &struct{ read, send map[string]any }{}
				order = append(order, value)
			}
			if p.in == "response" {
				tokens[value].read = map[string]any{"from": "body", "path": p.target}
			} else {
				tokens[value].send = place
			}
		default:
			t.leave("the page parameter %s of the method %s", p.target, m.name)
		}
	}
	var reads, sends []any
	for _, name := range order {
		if pair := tokens[name]; pair.read != nil && pair.send != nil {
			reads, sends = append(reads, pair.read), append(sends, pair.send)
		}
	}
	switch {
	case next != nil:
		out.paging = map[string]any{"type": "next_url", "read": next}
	case len(reads) > 0:
		out.paging = map[string]any{"type": "token", "read": reads, "send": sends}
		if counted != nil {
			t.leave("the page number of the method %s: its token leads on", m.name)
		}
	case counted != nil:
		out.paging = map[string]any{"type": count, "send": counted}
	}
	if out.paging == nil && sizes != nil { // one page, of this size
		if where, _ := sizes["in"].(string); where == "query" {
			out.query[textIn(sizes, "name")] = strconv.Itoa(size)
		} else {
			out.headers[textIn(sizes, "name")] = strconv.Itoa(size)
		}
	} else if sizes != nil {
		out.paging["size"] = sizes
	}
	out.own = out.paging != nil && on && slices.ContainsFunc(own, originalParam.magic)
	if !on {
		out.paging = nil
	}
	return out
}

// inQuery takes a merge field out of the query of the address where it is the whole value of a parameter.
func (p *pagesOf) inQuery(field string, place map[string]any) bool {
	address, query, has := strings.Cut(p.endpoint, "?")
	if !has {
		return false
	}
	pairs := strings.Split(query, "&")
	at := slices.IndexFunc(pairs, func(pair string) bool {
		_, value, _ := strings.Cut(pair, "=")
		parts := mergeField.FindStringSubmatch(value)
		return parts != nil && parts[0] == value && strings.EqualFold(parts[1], field)
	})
	if at < 0 {
		return false
	}
	name, _, _ := strings.Cut(pairs[at], "=")
	if plain, err := url.QueryUnescape(name); err == nil {
		name = plain
	}
	place["in"], place["name"] = "query", name
	pairs = slices.Delete(pairs, at, at+1)
	if p.endpoint = address; len(pairs) > 0 {
		p.endpoint += "?" + strings.Join(pairs, "&")
	}
	return true
}

func replaceField(text, field, with string) string {
	return mergeField.ReplaceAllStringFunc(text, func(found string) string {
		if strings.EqualFold(mergeField.FindStringSubmatch(found)[1], field) {
			return with
		}
		return found
	})
}
