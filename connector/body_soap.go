package connector

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"paceline/mapping"
)

// Format soap writes and reads envelopes as format xml does elements. The document is what the envelope holds: {"Header":
// ..., "Body": ...}. A fault is an error with its text, unless a rule says otherwise; no WSDL is read.
var (
	_ = registerBody("soap", bodyFormat{accept: "application/soap+xml, text/xml", build: buildSOAP, check: checkSOAP})
	_ = registerAnswer("soap", answerFormat{accept: "application/soap+xml, text/xml", decode: func(_ *ResponseDef, _ *answer, body []byte, limit int64) ([]byte, error) {
		return DecodeSOAP(body, limit)
	}})
)

// The namespaces of envelopes.
const (
	soap11 = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12 = "http://www.w3.org/2003/05/soap-envelope"
)

var errNotSOAP = errors.New("it is not a SOAP envelope")

func checkSOAP(b *builder, m *Method, at string) {
	r := m.Definition.Request
	if r.Method != "POST" {
		b.add(pointer(at, "method"), "a request of format soap is not a POST", "Write method: POST.")
	}
	for i, f := range r.Fields {
		if name, _, _ := strings.Cut(f.Loc, "."); name != "Header" && name != "Body" {
			b.add(pointer(at, "fields", i, "loc"), fmt.Sprintf("the field %q is neither in the envelope's header nor in its body", f.Loc), "Begin the loc with Body. or Header., as in Body.GetOrder.id.")
		}
	}
	if f := m.Definition.Response.Format; f != "soap" && f != "none" {
		b.add(at, "the answer to a request of format soap is an envelope", "Write response: {format: soap}.")
	}
	if def := r.SOAP; def != nil && (strings.ContainsAny(def.Action, `"\`) || !isHeaderText(def.Action)) {
		b.add(pointer(at, "soap", "action"), "the action has a quote, backslash or control character", "Write the address that the vendor documents, without quotes.")
	}
}

// soapHeader is the header with the action, of version 1.1; the other names it in its content type.
func (m *Method) soapHeader() (named, bool) {
	r := m.Definition.Request
	if r.Format != "soap" || r.SOAP != nil && r.SOAP.Version == "1.2" {
		return named{}, false
	}
	action := ""
	if r.SOAP != nil {
		action = r.SOAP.Action
	}
	return named{name: "Soapaction", value: &template{parts: []part{{text: `"` + action + `"`}}}}, true
}

func buildSOAP(m *Method, in *mapping.Inputs, r *room) (content, error) {
	out := content{contentType: "text/xml; charset=utf-8"}
	space := soap11
	if def := m.Definition.Request.SOAP; def != nil && def.Version == "1.2" {
		space, out.contentType = soap12, "application/soap+xml; charset=utf-8"
		if def.Action != "" {
			out.contentType += `; action="` + def.Action + `"`
		}
	}
	if out.body = in.Document; out.body != nil {
		return out, r.fits(len(out.body))
	}
	doc, err := in.AppendJSON(nil)
	if err != nil {
		return content{}, err
	}
	w := &xmlWriter{room: r}
	w.WriteString(xml.Header + `<soap:Envelope xmlns:soap="` + space + `">`)
	for _, part := range []mapping.Location{soapHeaderAt, soapBodyAt} {
		v, ok := part.Get(doc)
		if mapping.KindOf(v) != mapping.Object {
			if ok && !mapping.Empty(v) {
				return content{}, errors.New("header and body of an envelope hold elements")
			}
			if v = mapping.Value("{}"); part.String() == soapHeaderAt.String() {
				continue
			}
		}
		if err := w.object("soap:"+part.String(), v); err != nil {
			return content{}, err
		}
	}
	w.WriteString("</soap:Envelope>")
	out.body = w.Bytes()
	return out, nil
}

// DecodeSOAP reads an envelope as JSON of at most limit bytes: {"Header": ..., "Body": ...}.
func DecodeSOAP(body []byte, limit int64) ([]byte, error) {
	doc, err := DecodeXML(body, limit)
	if err != nil {
		return nil, err
	}
	envelope, _ := soapEnvelopeAt.Get(doc)
	if mapping.KindOf(envelope) != mapping.Object {
		return nil, errNotSOAP
	}
	return envelope, nil
}

var (
	soapEnvelopeAt = mustLocation("Envelope")
	soapHeaderAt   = mustLocation("Header")
	soapBodyAt     = mustLocation("Body")
	soapFault      = mustLocation("Body.Fault")
	soapCodes      = []mapping.Location{mustLocation("Body.Fault.faultcode"), mustLocation("Body.Fault.Code.Value")}
	soapSubcode    = mustLocation("Body.Fault.Code.Subcode.Value")
	soapReasons    = []mapping.Location{
		mustLocation("Body.Fault.faultstring"), mustLocation("Body.Fault.faultstring.#text"),
		mustLocation("Body.Fault.Reason.Text.#text"), mustLocation("Body.Fault.Reason.Text"), mustLocation("Body.Fault.Reason.[Text].#text"),
	}
)

// faultMeaning returns what a fault means and says; "" for an answer without one. The sender's mistakes are sent again in
// vain, whatever the status is.
func (a *answer) faultMeaning(usual string) (means, message string) {
	doc, err := a.document()
	if err != nil {
		return "", ""
	}
	if _, failed := soapFault.Get(doc); !failed {
		return "", ""
	}
	for _, l := range soapReasons {
		if v, _ := l.Get(doc); message == "" && mapping.KindOf(v) == mapping.String {
			message = mapping.Text(v)
		}
	}
	code := ""
	for _, l := range soapCodes {
		if v, ok := l.Get(doc); ok {
			code = localXML(mapping.Text(v))
		}
	}
	if sub, ok := soapSubcode.Get(doc); ok && strings.HasPrefix(localXML(mapping.Text(sub)), "Failed") {
		code = localXML(mapping.Text(sub))
	}
	switch {
	case code == "FailedAuthentication":
		return asReconnect, message
	case usual == asRetry && (code == "Server" || strings.HasPrefix(code, "Server.") || code == "Receiver"):
		return asRetry, message
	case usual == asSuccess || usual == asRetry:
		return asError, message
	}
	return usual, message
}
