package connector

import (
	"slices"
	"strings"

	"paceline/mapping"
)

// scopeNames are the names that a template may mention at one place of the document.
type scopeNames struct {
	properties []Property // how many are visible is cut by the caller
	params     []ParamDef
	auth       []AuthField // non-nil only inside auth.apply
	request    bool        // step and system names
	cursor     bool
	page       bool // page.from and page.above
	answer     bool // status, body, header
	signing    bool // request.method and so on
	signature  bool
	pairs      bool  // of the header with the signature
	delivery   bool  // body, header, query, rawBody, webhook
	hook       bool  // webhook.url and so on
	app        bool  // the vendor's app
	inUse      *bool // is set where fieldsInUse is mentioned; nil where it means nothing
}

// systemNames are the names of the running system that every request may mention.
var systemNames = []string{
	mapping.MergeAccountID, mapping.MergeAccountExternalID, mapping.MergeCycleID, mapping.MergeTransactionID,
	mapping.MergeLastSuccess,
}

// fieldsInUse is the name of what of the answer is wanted.
const fieldsInUse = "fieldsInUse"

// resolve finds the reference that a dotted path stands for.
func (n *scopeNames) resolve(path string) (*ref, []string) {
	head, rest, dotted := strings.Cut(path, ".")
	if dotted {
		if r := n.resolveRoot(head, rest); r != nil {
			return r, nil
		}
		return nil, n.known()
	}
	for i, p := range n.params {
		if p.Name == path && p.In != ObjectPlace && !p.step { // that of a step stands for the property
			return &ref{root: rootParam, name: path, index: i}, nil
		}
	}
	for _, p := range n.properties {
		if p.Name == path {
			return &ref{root: rootProperty, name: path, host: true, secret: p.Secret}, nil
		}
	}
	switch {
	case n.request && slices.Contains(systemNames, path):
		return &ref{root: rootSystem, name: path}, nil
	case n.inUse != nil && path == fieldsInUse:
		*n.inUse = true
		return &ref{root: rootInUse, name: path}, nil
	case n.signature && path == "signature":
		return &ref{root: rootSignature}, nil
	case n.answer && path == "status":
		return &ref{root: rootStatus}, nil
	case (n.answer || n.delivery) && path == "body":
		return &ref{root: rootBody}, nil
	case n.delivery && path == "rawBody":
		return &ref{root: rootRawBody}, nil
	}
	return nil, n.known()
}

func (n *scopeNames) resolveRoot(head, rest string) *ref {
	switch {
	case head == "auth" && n.auth != nil:
		for _, f := range n.auth {
			if f.Name == rest {
				return &ref{root: rootAuth, name: rest, secret: f.Secret == nil || *f.Secret}
			}
		}
	case head == "request" && n.signing && slices.Contains(requestNames, rest):
		return &ref{root: rootRequest, name: rest}
	case head == "object" && n.request:
		for i, p := range n.params {
			if p.In == ObjectPlace && p.Name == rest {
				return &ref{root: rootParam, name: rest, index: i}
			}
		}
	case head == "cursor" && n.cursor && rest == "value":
		return &ref{root: rootCursor, name: rest}
	case head == "page" && n.page && (rest == "from" || rest == "above"):
		return &ref{root: rootPage, name: rest}
	case head == "step" && n.request && rest == "itemKey":
		return &ref{root: rootStep, name: rest}
	case head == "body" && (n.answer || n.delivery):
		if l, err := mapping.ParseLocation(rest); err == nil {
			return &ref{root: rootBody, name: rest, location: l}
		}
	case head == "header" && (n.answer || n.delivery):
		return &ref{root: rootHeader, name: rest}
	case head == "query" && n.delivery:
		return &ref{root: rootQuery, name: rest}
	case head == "pair" && n.pairs:
		return &ref{root: rootPair, name: rest}
	case head == "app" && n.app && (rest == "id" || rest == "secret"):
		return &ref{root: rootApp, name: rest, secret: rest == "secret"}
	case head == "request" && n.delivery && (rest == "method" || rest == "url"):
		return &ref{root: rootRequest, name: rest}
	case head == "webhook" && n.hook && slices.Contains(webhookNames, rest):
		return &ref{root: rootHook, name: rest, secret: rest == "secret"}
	case head == "webhook" && n.delivery && rest == "secret":
		return &ref{root: rootWebhook, name: rest, secret: true}
	}
	return nil
}

func (n *scopeNames) known() []string {
	var list []string
	for _, p := range n.params {
		if p.In == ObjectPlace {
			list = append(list, "object."+p.Name)
			continue
		}
		list = append(list, p.Name)
	}
	for _, p := range n.properties {
		list = append(list, p.Name)
	}
	for _, f := range n.auth {
		list = append(list, "auth."+f.Name)
	}
	if n.signing {
		for _, name := range requestNames {
			list = append(list, "request."+name)
		}
	}
	if n.signature {
		list = append(list, "signature")
	}
	if n.pairs {
		list = append(list, "pair.name")
	}
	if n.request {
		list = append(append(list, "step.itemKey"), systemNames...)
	}
	if n.inUse != nil {
		list = append(list, fieldsInUse)
	}
	if n.hook {
		for _, name := range webhookNames {
			list = append(list, "webhook."+name)
		}
	}
	if n.cursor {
		list = append(list, "cursor.value")
	}
	if n.page {
		list = append(list, "page.from", "page.above")
	}
	if n.answer {
		list = append(list, "status", "body", "header.Name")
	}
	if n.delivery {
		list = append(list, "body", "rawBody", "header.Name", "query.name", "request.method", "request.url", "webhook.secret")
	}
	if n.app {
		list = append(list, "app.id", "app.secret")
	}
	return list
}
