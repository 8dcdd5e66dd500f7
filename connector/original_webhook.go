package connector

import "strings"

// hook translates a webhook: what its request format describes is what arrives, and the methods that it names register it
// and take it back. Whoever sends is checked by its script, if at all.
func (t *translation) hook(m *originalMethod) map[string]any {
	made := t.head(m)
	made["type"], made["verify"] = "webhook", map[string]any{"type": "none"}
	m.Skip("HttpMethod", "Endpoint", "DataType", "RequestDataType", "ResponseDataType", "XmlRootElement", "Warning", "PagedInbound", "PagedOutbound",
		"PageSizeInbound", "PageSizeOutbound")
	format := m.Object("RequestFormat")
	if len(format.List("Fields")) == 0 {
		format = m.Object("ResponseFormat")
	}
	fields := t.fields(format, m.name, false)
	if rows := commonRows(fields); len(fields) > 0 {
		made["payload"] = filled(map[string]any{"format": "auto", "fields": fields, "rows": rows})
	}
	for _, n := range m.List("Parameters") {
		t.leave("the parameter %s of the webhook %s", paramOf(n).target, m.name)
		n.Skip("DataType", "Description", "DisplayName", "Name", "Hide", "IsOptional", "Values", "TriggerName")
	}
	if s := t.subscription(m); s != nil {
		made["subscription"] = s
	}
	return filled(made)
}

// subscription finds the methods that register a webhook.
func (t *translation) subscription(m *originalMethod) map[string]any {
	create, remove := t.methodOf(m.Node, "CreateWebhookMethod", "CreateWebhookMethodId"), t.methodOf(m.Node, "DeleteWebhookMethod", "DeleteWebhookMethodId")
	renew := t.methodOf(m.Node, "UpdateWebhookMethod", "UpdateWebhookMethodId")
	named := m.Has("CreateWebhookMethod") || m.Has("CreateWebhookMethodId")
	if create == nil || remove == nil || create.kind != "action" || remove.kind != "action" {
		if named {
			t.leave("the registration of the webhook %s: people set its address at the vendor", m.name)
		}
		return nil
	}
	id := ""
	for _, f := range create.Object("ResponseFormat").List("Fields") {
		if strings.EqualFold(f.Text("SystemField"), "Cyclr_Webhook_Id") {
			id = f.Text("SystemField")
		}
	}
	if id == "" {
		t.leave("the registration of the webhook %s: no field of %s is its id (Cyclr_Webhook_Id)", m.name, create.name)
		return nil
	}
	if renew != nil {
		t.leave("the renewal of the webhook %s: when it ends is not said", m.name)
	}
	return map[string]any{"create": create.id, "delete": remove.id, "id": id}
}
