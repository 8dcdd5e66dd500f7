package embed

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"paceline"
	"paceline/catalog"
	"paceline/connector"
	"paceline/server/fault"
	"paceline/storefront"
	"paceline/tenant"
)

// The paths of the pages, in lower case; any letter case is answered.
const (
	ConnectPath  = "/connectorauth/updateaccountconnectoroauth"
	LegacyPath   = "/web/connector/updateaccountconnectoroauth"
	CallbackPath = "/connector/callback"
)

// Handles reports whether the path, in lower case, is one of these pages.
func Handles(path string) bool {
	switch strings.TrimSuffix(path, "/") {
	case ConnectPath, LegacyPath, CallbackPath, tenant.SetupPath, tenant.SignInPath:
		return true
	}
	return sessionPage(path) || path == previewPath || strings.HasPrefix(path, dataPath) || strings.HasPrefix(path, hostPath) || strings.HasPrefix(path, ownPagePath)
}

// Handler answers the pages.
type Handler struct {
	Tenant     *tenant.Tenant
	Catalog    *catalog.Room
	Storefront *storefront.Room
	Log        *slog.Logger
	// Files holds the embedded application.
	Files fs.FS
	// ServiceURL is the address of our pages, without a slash at its end, but for partners who have a service domain of their own.
	ServiceURL string
	// BeginFrame keeps a session of the account interface in a frame, by cookies.
	BeginFrame func(w http.ResponseWriter, q *http.Request, token string, seconds int)
	// Pass passes a request on to the node that works for its account, and reports whether it has answered it; nil for a
	// server that is alone.
	Pass func(w http.ResponseWriter, q *http.Request, root int64, client string) bool
}

const (
	maxForm       = 64 << 10
	cookieSeconds = 600 // as long as a consent may take
)

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	if strings.HasPrefix(q.URL.Path, hostPath) {
		h.host(w, q)
		return
	}
	if strings.HasPrefix(q.URL.Path, dataPath) {
		h.data(w, q)
		return
	}
	if strings.HasPrefix(q.URL.Path, ownPagePath) {
		h.ownPage(w, q)
		return
	}
	if q.URL.Path == previewPath {
		h.preview(w, q)
		return
	}
	callback := strings.HasPrefix(strings.ToLower(q.URL.Path), CallbackPath)
	switch {
	case q.Method == http.MethodHead, ahead(q):
		// Whoever only looks, such as a mail scanner or a browser that prepares, uses nothing up.
		w.WriteHeader(http.StatusNoContent)
	case strings.EqualFold(strings.TrimSuffix(q.URL.Path, "/"), tenant.SetupPath) && (q.Method == http.MethodGet || q.Method == http.MethodPost):
		h.setup(w, q)
	case q.Method == http.MethodGet && strings.EqualFold(strings.TrimSuffix(q.URL.Path, "/"), tenant.SignInPath):
		h.signIn(w, q)
	case q.Method == http.MethodGet && sessionPage(q.URL.Path):
		h.session(w, q)
	case strings.EqualFold(strings.TrimSuffix(q.URL.Path, "/"), tenant.SignInPath), sessionPage(q.URL.Path):
		h.refuseVisit(w, q, paceline.Fail(paceline.CodeMethodNotAllowed, "method", q.Method))
	case q.Method == http.MethodGet && callback:
		h.finish(w, q)
	case q.Method == http.MethodGet, q.Method == http.MethodPost && !callback:
		h.begin(w, q)
	default:
		h.refuse(w, q, paceline.Fail(paceline.CodeMethodNotAllowed, "method", q.Method))
	}
}

// serviceURL is the address of a partner's pages.
func (h *Handler) serviceURL(q *http.Request, partner int64) string {
	return h.Tenant.ServiceURL(q.Context(), partner, h.ServiceURL)
}

// secure reports whether the page that a request is for is at an https address: browsers keep its cookies over TLS alone, and in frames.
func (h *Handler) secure(q *http.Request) bool {
	return h.Tenant.SecureAt(q.Context(), q.Host, h.ServiceURL)
}

// ahead reports a request that a browser makes before anybody has asked for the page.
func ahead(q *http.Request) bool {
	for _, name := range []string{"Purpose", "Sec-Purpose", "X-Moz", "X-Purpose"} {
		if v := strings.ToLower(q.Header.Get(name)); strings.Contains(v, "prefetch") || strings.Contains(v, "preview") || strings.Contains(v, "prerender") {
			return true
		}
	}
	return false
}

// begin uses the sign-in token and sends the person to the vendor.
func (h *Handler) begin(w http.ResponseWriter, q *http.Request) {
	q.Body = http.MaxBytesReader(w, q.Body, maxForm)
	if err := q.ParseForm(); err != nil {
		h.refuse(w, q, paceline.Fail(paceline.CodeRequestInvalid))
		return
	}
	p, a, err := h.Tenant.UseConsentToken(q.Context(), named(q, "token"))
	if err != nil {
		h.refuse(w, q, err)
		return
	}
	service := h.serviceURL(q, a.Partner)
	c := catalog.Consent{
		Redirect: service + CallbackPath, Target: named(q, "targetOrigin"), Message: named(q, "callbackMessage"),
	}
	if _, err := h.Tenant.ReturnTo(q.Context(), a.Partner, service, c.Target); err != nil {
		h.refuse(w, q, err)
		return
	}
	id, err := strconv.ParseInt(named(q, "id"), 10, 32)
	if err != nil {
		h.refuse(w, q, paceline.Fail(paceline.CodeNotFound, "what", "Account connector"))
		return
	}
	session := paceline.NewSecret(32)
	address, state, err := h.Catalog.BeginConsent(q.Context(), p, a, int32(id), session, c)
	switch {
	case err != nil:
		h.refuse(w, q, err)
	case address == "":
		h.back(w, q, a.Partner, c)
	default:
		http.SetCookie(w, h.cookie(q, state, session, cookieSeconds))
		http.Redirect(w, q, address, http.StatusSeeOther)
	}
}

// named returns the value of a form that has the name in any letter case.
func named(q *http.Request, name string) string {
	if q.Form.Has(name) {
		return q.Form.Get(name)
	}
	for have, values := range q.Form {
		if strings.EqualFold(have, name) {
			return values[0]
		}
	}
	return ""
}

// finish takes the person back from the vendor.
func (h *Handler) finish(w http.ResponseWriter, q *http.Request) {
	query := q.URL.Query()
	answer := catalog.ConsentAnswer{Code: query.Get("code"), Issuer: query.Get("iss"), Error: query.Get("error"), Description: query.Get("error_description"), Query: query}
	state, session := query.Get("state"), ""
	if state == "" { // of OAuth 1, where vendors say "no" in one of two ways
		if state, answer.Code, answer.Error = query.Get("oauth_token"), query.Get("oauth_verifier"), query.Get("oauth_problem"); state == "" {
			state = query.Get("denied")
		}
		if query.Get("denied") != "" {
			answer.Error = "denied"
		}
	}
	if c, err := q.Cookie(h.cookie(q, state, "", 0).Name); err == nil {
		session = c.Value
	}
	answer.Admit = func(c catalog.Consent) error { return h.admitSetup(q, c) }
	c, err := h.Catalog.FinishConsent(q.Context(), state, session, answer)
	if c.Partner != 0 {
		http.SetCookie(w, h.cookie(q, state, "", -1))
	}
	if err != nil {
		if c.Setup != "" {
			h.told(q, err)
			http.Redirect(w, q, setupLink("", c.Setup)+"&problem=vendor", http.StatusSeeOther)
			return
		}
		h.refuseConsent(w, q, c, err)
		return
	}
	if c.Setup != "" {
		h.finishSetup(w, q, c.Setup, h.setupSession(q, c.Setup))
		return
	}
	h.back(w, q, c.Partner, c)
}

// cookie binds a state to the browser: each has one of its own, so that several tabs don't disturb each
// other. With TLS it also works within a frame of the partner's page.
func (h *Handler) cookie(q *http.Request, state, session string, seconds int) *http.Cookie {
	sum := sha256.Sum256([]byte(state))
	c := &http.Cookie{Name: "connect-" + hex.EncodeToString(sum[:6]), Value: session, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if h.secure(q) {
		c.Name, c.Secure, c.SameSite, c.Partitioned = "__Host-"+c.Name, true, http.SameSiteNoneMode, true
	}
	return c
}

// back sends the person, or the message, to where it was asked for. The origin is checked again: the
// partner may have removed it meanwhile.
func (h *Handler) back(w http.ResponseWriter, q *http.Request, partner int64, c catalog.Consent) {
	origin, err := h.Tenant.ReturnTo(q.Context(), partner, h.serviceURL(q, partner), c.Target)
	if err != nil {
		h.refuse(w, q, err)
		return
	}
	if c.Message == "" {
		http.Redirect(w, q, c.Target, http.StatusSeeOther)
		return
	}
	h.show(w, q, http.StatusOK, page{brand: h.brandOfNumber(q, partner), Done: true, Origin: origin, Message: c.Message}, origin)
}

// refuse shows why it did not work.
func (h *Handler) refuse(w http.ResponseWriter, q *http.Request, err error) {
	h.refuseAs(w, q, page{Title: words["connect.failed"]}, err, h.refusedIn(q))
}

// refuseVisit is refuse for pages that connect nothing.
func (h *Handler) refuseVisit(w http.ResponseWriter, q *http.Request, err error) {
	h.refuseAs(w, q, page{Title: words["page.failed"]}, err, h.refusedIn(q))
}

// refuseConsent is refuse for somebody who comes back from a vendor: the page is the partner's, and leads to another try.
func (h *Handler) refuseConsent(w http.ResponseWriter, q *http.Request, c catalog.Consent, err error) {
	b := h.brandOfNumber(q, c.Partner)
	shown := page{brand: b, Title: b.T("connect.failed"), Connecting: c.Partner != 0}
	if c.Message == "" && c.Partner != 0 {
		if _, refused := h.Tenant.ReturnTo(q.Context(), c.Partner, h.serviceURL(q, c.Partner), c.Target); refused == nil {
			shown.Again = c.Target
		}
	}
	if b.b.ErrorHTML != "" {
		shown.Own = ownPagePath + errorPage + "?partner=" + string(b.partner.ID)
	}
	h.refuseAs(w, q, shown, err, framesOf(b.partner))
}

// refuseAs shows a page with what is told of an error. ancestors are who may frame it.
func (h *Handler) refuseAs(w http.ResponseWriter, q *http.Request, shown page, err error, ancestors string) {
	status, told := statusOf(err)
	if told.Title != "" {
		shown.Title = told.Title
	}
	shown.Problem, shown.Detail = told.Problem, told.Detail
	if status == http.StatusInternalServerError {
		h.Log.ErrorContext(q.Context(), "a page failed", "error", err)
	}
	h.show(w, q, status, shown, ancestors)
}

// statusOf is what a person is told of an error; without a title the page has its own.
func statusOf(err error) (int, page) {
	if e, ok := errors.AsType[*catalog.VendorError](err); ok {
		return http.StatusBadRequest, page{Problem: e.Code, Detail: e.Description}
	}
	if e, ok := errors.AsType[*connector.Error](err); ok {
		text := e.Code.Text()
		return http.StatusBadGateway, page{Problem: text, Detail: e.Detail}
	}
	if e, ok := errors.AsType[*paceline.Error](err); ok && e.Kind() != paceline.Internal {
		told := page{Problem: e.Message()}
		if e.Kind() == paceline.Forbidden {
			told.Title = "403 – Forbidden: Access is denied." // callers know it
		}
		return fault.Status(e.Kind()), told
	}
	return http.StatusInternalServerError, page{Title: words["page.broken"], Problem: words["page.later"]}
}
