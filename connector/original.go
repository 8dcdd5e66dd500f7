package connector

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"paceline"
	"paceline/internal/loose"
)

// Original is a definition in the form in which Cyclr exports custom connectors. Names are read in any letter case. What
// its documentation does not name is read under the names that are likely; everything else is told as not understood.
type Original struct {
	Name, UniqueIdentifier, ReleaseStatus string
	// Icon is a data URI, or empty.
	Icon string

	top *loose.Node
}

// ReadOriginal reads such a document; the error is for the caller.
func ReadOriginal(document []byte) (Original, error) {
	top, err := loose.Parse(document)
	if err != nil {
		return Original{}, err
	}
	return Original{
		Name: top.Text("Name"), UniqueIdentifier: top.Text("UniqueIdentifier"), ReleaseStatus: top.Text("ReleaseStatus"), Icon: top.Text("Icon"), top: top,
	}, nil
}

// maxLeft bounds what is told of a definition that was not understood.
const maxLeft = 200

// Definition translates the document into the format of this package, as release version of the connector uid, and
// tells what of it was not understood. It reads the document once.
func (o Original) Definition(key string, uid paceline.ID, version string) (document []byte, left []string, err error) {
	t := &translation{
		top: o.top, hosts: map[string]bool{}, ids: map[string]bool{}, methods: map[string]*originalMethod{}, lookups: map[string]string{},
		connectorLookups: map[string]any{},
	}
	metadata := filled(map[string]any{"key": key, "uid": string(uid), "name": o.Name, "version": version, "apiVersion": o.top.Text("Version"),
		"description": o.top.Text("Description"), "categories": namesIn(o.top.Object("ProductAddon").Values("Categories"))})
	if status := strings.ToLower(o.top.Text("Status")); status == "beta" || status == "planned" {
		metadata["status"] = status
	}
	t.script = o.top.Text("Script", "ScriptText", "JavaScript")
	t.properties(o.top.List("Parameters"))
	t.names()
	t.triggers()
	t.read()
	for i, a := range o.top.List("Authentication") {
		t.auth(i, a)
	}
	out := filled(map[string]any{
		"apiVersion": FormatVersion, "kind": "Connector", "metadata": metadata, "properties": t.props, "server": filled(t.server), "auth": t.auths,
		"limits": t.limits(o.top, "", ""), "lookups": t.connectorLookups, "methods": t.made, "triggers": t.hooks, "onConnect": t.onConnect(),
	})
	if len(t.made) == 0 {
		out["methods"] = []any{}
	}
	lists := len(o.top.List("Methods")) > 0 // a connector that is yet to get its methods has none
	if lists && len(t.made)+len(t.hooks) == 0 {
		return nil, t.left, errors.New("it has no method that could be understood")
	}
	if lists && len(t.made) == 0 {
		return nil, t.left, errors.New("it has webhooks alone; a connector needs a method that makes a call")
	}
	if limits := append(listOf(out["limits"]), t.limited...); len(limits) > 0 {
		out["limits"] = limits
	}
	if t.script != "" {
		out["script"] = filled(map[string]any{"source": t.script, "authValue": strings.Contains(t.script, "method_auth_value")})
	}
	if hosts := slices.Sorted(maps.Keys(t.hosts)); len(hosts) > 0 {
		out["allowedHosts"] = hosts
	}
	t.rest()
	document, err = json.Marshal(out)
	return document, t.left, err
}

// translation is what the parts of a document share.
type translation struct {
	top              *loose.Node
	script           string
	props, auths     []any
	server           map[string]any
	shared           []originalParam // parameters of the connector that each method sends or pages by
	hosts            map[string]bool
	ids              map[string]bool // of methods and triggers, that are taken
	methods          map[string]*originalMethod
	order            []*originalMethod
	lookups          map[string]string // name here, by trigger's
	connectorLookups map[string]any
	made, hooks      []any
	limited          []any // limits of single methods
	left             []string
}

func (t *translation) leave(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); len(t.left) < maxLeft && !slices.Contains(t.left, text) {
		t.left = append(t.left, text)
	}
}

// originalParam is one value of a request that is no field of its body.
type originalParam struct {
	*loose.Node
	in     string // header, query, template, script, filter, response, or "" for one that is not understood
	target string // name on the wire, or location
	name   string // here
	value  string // what is always sent
}

func paramOf(n *loose.Node) originalParam {
	p := originalParam{Node: n, target: n.Text("TargetName"), in: map[string]string{
		"httpheader": "header", "querystring": "query", "mergefield": "template", "script": "script", "filterfield": "filter", "responsefield": "response",
	}[strings.ToLower(n.Text("TargetType"))]}
	p.name, p.value = word(p.target), n.Text("Value", "DefaultValue", "Default")
	n.Skip("Id", "DisplayOrder", "CreatedOnUtc", "UpdatedOnUtc", "Comments", "IsMultiline", "Multiline")
	return p
}

// label is what people call the parameter.
func (p originalParam) label() string { return p.Text("DisplayName", "Name") }

// required reports whether a value must be given; it is unless the document says otherwise.
func (p originalParam) required() bool { return !p.Flag("IsOptional", "Optional") }

func (p originalParam) hidden() bool { return p.Flag("Hide", "Hidden", "IsHidden") }

// magic reports whether the value is one that stands for pages.
func (p originalParam) magic() bool { return strings.HasPrefix(p.first(), "CYCLR_PAGE_") }

// first is the first of the allowed values, where there are some, else the value.
func (p originalParam) first() string {
	if values := valuesOf(p.Get("Values")); len(values) > 0 {
		if text, _ := values[0].(string); text != "" {
			return text
		}
	}
	return p.value
}

// cancels is the value by which a method does without a parameter of the connector.
const cancels = "CYCLR_IGNORE_PARAMETER"

// properties reads the parameters of the connector. Those that an account gives become its properties, fixed ones are
// properties of the connector, and others are asked for in each step.
func (t *translation) properties(list []*loose.Node) {
	t.server = map[string]any{}
	for _, n := range list {
		p := paramOf(n)
		partner, account := n.Flag("IsPartnerConnectorProperty", "IsPartnerProperty"), n.Flag("IsAccountConnectorProperty")
		if p.magic() || p.in == "filter" || p.in == "response" {
			t.shared = append(t.shared, p)
			n.Skip("DataType", "Description", "DisplayName", "Name")
			continue
		}
		if p.name == "" || p.in == "" && n.Has("TargetType") {
			t.leave("the parameter %s", firstOf(p.label(), p.target))
			continue
		}
		scope := "step"
		switch {
		case account:
			scope = "account"
		case partner:
			scope = "partner"
		case p.value != "" || p.hidden() || n.Flag("IsSensitive"):
			scope = "connector"
		}
		made := map[string]any{"name": p.name, "label": p.label(), "description": n.Text("Description"), "scope": scope,
			"type": typeOf(n.Get("DataType")), "required": p.required() && account, "secret": n.Flag("IsSensitive"), "hidden": p.hidden()}
		if p.value != "" && !n.Flag("IsSensitive") {
			made["default"] = t.template(p.value)
		} else if p.value != "" {
			t.leave("the value of the secret parameter %s", p.target)
		}
		if values := valuesOf(n.Get("Values")); len(values) > 0 {
			made["values"] = values
		}
		t.props = append(t.props, filled(made))
		if p.in == "header" || p.in == "query" {
			t.shared = append(t.shared, p)
		}
		n.Skip("TriggerName")
	}
	// What every method sends stands with the server, unless a method does without.
	headers, query := map[string]any{}, map[string]any{}
	t.shared = slices.DeleteFunc(t.shared, func(p originalParam) bool {
		if p.magic() || p.in != "header" && p.in != "query" || t.cancelled(p) {
			return false
		}
		map[string]map[string]any{"header": headers, "query": query}[p.in][p.target] = "{{" + p.name + "}}"
		return true
	})
	t.server["headers"], t.server["query"] = headers, query
}

// cancelled reports whether some method does without the parameter.
func (t *translation) cancelled(p originalParam) bool {
	return slices.ContainsFunc(t.top.List("Methods"), func(m *loose.Node) bool {
		return slices.ContainsFunc(m.List("Parameters"), func(n *loose.Node) bool {
			own := paramOf(n)
			return strings.EqualFold(own.target, p.target) && own.in == p.in && own.first() == cancels
		})
	})
}

// triggers reads the lookups.
func (t *translation) triggers() {
	for _, n := range t.top.List("Triggers") {
		name, key := n.Text("Name"), n.Text("IdentifierKey")
		m := t.methodOf(n, "Method", "MethodName", "MethodUniqueIdentifier", "MethodId")
		n.Skip("Id", "CreatedOnUtc", "UpdatedOnUtc", "SubTriggers", "EntityId", "AccountConnectorId")
		here := word(name)
		if m == nil || here == "" || key == "" {
			t.leave("the trigger %s", name)
			continue
		}
		t.lookups[strings.ToLower(name)] = here
		t.connectorLookups[here] = filled(map[string]any{"method": m.id, "value": key, "label": n.Text("HumanReadableKey")})
	}
}

// methodOf finds the method that the first of the properties names: by name, identifier or number, or an object that has them.
func (t *translation) methodOf(n *loose.Node, properties ...string) *originalMethod {
	for _, property := range properties {
		names := []string{n.Text(property)}
		if o := n.Object(property); names[0] == "" {
			names = []string{o.Text("MethodUniqueIdentifier"), o.Text("UniqueIdentifier"), o.Text("Name"), o.Text("Id")}
		}
		for _, name := range names {
			if m := t.methods[strings.ToLower(name)]; name != "" && m != nil {
				return m
			}
		}
	}
	return nil
}

// onConnect is what is called with a new credential.
func (t *translation) onConnect() map[string]any {
	made := map[string]any{}
	if m := t.methodOf(t.top, "PostInstallAuthTestMethod", "AuthTestMethod", "PostInstallAuthTestMethodId", "AuthTestMethodId"); m != nil && m.kind == "action" {
		made["test"] = m.id
	}
	return made
}

// limits reads the limits of the connector, or those of a method.
func (t *translation) limits(n *loose.Node, method, tag string) (out []any) {
	for i, l := range n.List("RateLimits") {
		made := map[string]any{"id": strings.Trim(method+"-limit-"+strconv.Itoa(i+1), "-")}
		if tag != "" {
			made["scope"], made["tags"] = "method", []string{tag}
		}
		count, counted := l.Number("MaxRequests", "MaximumRequests", "NumberOfRequests", "RequestLimit", "Requests", "Limit", "Count", "Value")
		per, timed := perUnit(l.Text("TimeFrame", "TimePeriod", "TimeUnit", "Period", "Per", "Unit", "Interval"))
		l.Skip("Id", "CreatedOnUtc", "UpdatedOnUtc", "Name", "Description", "Type", "RateLimitType")
		switch {
		case counted && count > 0 && timed:
			made["requests"], made["per"] = count, per
		default:
			if rate, ok := l.Number("RequestsPerSecond"); ok && rate > 0 {
				made["requests"], made["per"] = rate, "1s"
			} else if pause, ok := l.Number("MillisecondsBetweenRequests", "TimeBetweenRequestsMilliseconds", "TimeBetweenRequestsMs", "Milliseconds"); ok && pause > 0 {
				made["interval"] = strconv.Itoa(pause) + "ms"
			} else if pause, ok := l.Number("SecondsBetweenRequests", "TimeBetweenRequests"); ok && pause > 0 {
				made["interval"] = strconv.Itoa(pause) + "s"
			} else {
				t.leave("the rate limit %d%s", i+1, of(method))
				continue
			}
		}
		out = append(out, made)
	}
	return out
}

func perUnit(text string) (string, bool) {
	per, ok := map[string]string{"second": "1s", "minute": "1m", "hour": "1h", "day": "24h", "month": "720h"}[strings.TrimSuffix(strings.ToLower(strings.TrimPrefix(text, "Per")), "s")]
	return per, ok
}

func of(method string) string {
	if method == "" {
		return ""
	}
	return " of the method " + method
}

// rest tells what nothing here has read.
func (t *translation) rest() {
	if len(t.top.Values("Deprecations")) > 0 {
		t.leave("the deprecations")
	}
	t.top.Skip("Id", "Status", "Billable", "CreatedOnUtc", "UpdatedOnUtc", "Published", "ReleaseVersionMajor", "ReleaseVersionMinor", "AuthType",
		"AuthDescription", "OAuth2Type", "AuthScheme", "Categories", "IsSystemConnector", "Comments", "ReleaseNotes", "PagedInbound", "PageSizeInbound",
		"PagedOutbound", "PageSizeOutbound", "PagedOutboundLocation")
	t.top.Object("ProductAddon").Skip("ConnectorName", "Currency", "Published", "CreatedOnUtc", "UpdatedOnUtc", "Id", "Description", "Prices", "Status")
	for _, c := range t.top.List("MethodCategories") {
		c.Skip("Id", "Name", "Category", "Description", "CreatedOnUtc", "UpdatedOnUtc", "DisplayOrder", "Methods")
	}
	for _, place := range t.top.Unread(maxLeft) {
		t.leave("%s", place)
	}
}

var mergeField = regexp.MustCompile(`\{\{\s*([^{}]+?)\s*\}\}`)

var mergeFormat = regexp.MustCompile(`^(\S+)\s+format\s*=\s*(.+)$`)

// mergeNames are the merge fields of the original's own, by lower case, as they are called here.
var mergeNames = map[string]string{
	"lastsuccessfulrundate": "LastSuccessfulRunDate", "cyclr_webhook_url": "webhook.url", "cyclr_webhook_id": "webhook.id", "cyclrobjectname": "object.name",
	"accountid": "AccountId", "accountexternalid": "AccountExternalId", "cycleid": "CycleId", "transactionid": "TransactionId",
}

// template writes merge fields by the names that properties and parameters have here.
func (t *translation) template(text string) string {
	return mergeField.ReplaceAllStringFunc(text, func(field string) string {
		name, filter := mergeField.FindStringSubmatch(field)[1], ""
		if parts := mergeFormat.FindStringSubmatch(name); parts != nil {
			name, filter = parts[1], " | date: '"+strings.ReplaceAll(strings.Trim(parts[2], `"'`), "'", "")+"'"
		}
		if t.declared(word(name)) {
			return "{{" + word(name) + filter + "}}"
		}
		if known := mergeNames[strings.ToLower(name)]; known != "" {
			return "{{" + known + filter + "}}"
		}
		return "{{" + word(name) + filter + "}}"
	})
}

// declared reports whether the connector has a property of the name.
func (t *translation) declared(name string) bool {
	return slices.ContainsFunc(t.top.List("Parameters"), func(n *loose.Node) bool { return word(n.Text("TargetName")) == name })
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

// slug is an id of its own for a method or a trigger.
func (t *translation) slug(name string) string {
	base := strings.Trim(notSlug.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if base == "" {
		base = "method"
	}
	base = strings.Trim(base[:min(len(base), 80)], "-")
	slug := base
	for n := 2; t.ids[slug]; n++ {
		slug = base + "-" + strconv.Itoa(n)
	}
	t.ids[slug] = true
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

// valuesOf are allowed values: a list of texts or of objects with label and value, or a text with commas.
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
			if text := loose.TextOf(item); text != "" {
				out = append(out, text)
				continue
			}
			n := loose.New(item)
			if text := n.Text("Value", "Key", "Id"); text != "" {
				out = append(out, filled(map[string]any{"value": text, "label": n.Text("Label", "Name", "DisplayName", "Text")}))
			}
		}
	}
	return out
}

func namesIn(list []any) (out []string) {
	for _, item := range list {
		text := loose.TextOf(item)
		if text == "" {
			text = loose.New(item).Text("Name")
		}
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

// typeOf names a data type as the format does, "" for one that says nothing.
func typeOf(v any) string {
	name := strings.ToLower(loose.TextOf(v))
	if slices.Contains([]string{"text", "integer", "float", "decimal", "boolean", "datetime", "file"}, name) {
		return name
	}
	return ""
}

// filled leaves out what says nothing.
func filled(m map[string]any) map[string]any {
	maps.DeleteFunc(m, func(_ string, value any) bool {
		switch v := value.(type) {
		case string:
			return v == ""
		case bool:
			return !v
		case []string:
			return len(v) == 0
		case []any:
			return len(v) == 0
		case map[string]any:
			return len(v) == 0
		}
		return value == nil
	})
	return m
}
