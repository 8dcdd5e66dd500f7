package embed

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"paceline"
	"paceline/server/fault"
	"paceline/server/origin"
	"paceline/storefront"
	"paceline/tenant"
)

// dataPath is where the embedded application asks for what it shows, and says what a customer does. It is no part of the
// public API: it changes with the pages.
const dataPath = "/embed/data/"

// sessionHeader brings the session where a browser keeps no cookies of framed pages. In an answer it says that the session is over.
const sessionHeader = "X-Embed-Session"

// visitHeader names the session of a page among those that the browser's cookies hold.
const visitHeader = "X-Embed-Visit"

// toldHeader brings what the page was told in its address; partnerHeader is the partner in whose pages it says it is framed.
const (
	toldHeader    = "X-Embed-Told"
	partnerHeader = "X-Embed-Partner"
)

// visit is one request of the application, with whose it is.
type visit struct {
	h *Handler
	q *http.Request
	p paceline.Principal
	a paceline.Account
	// told is what the page was told; bound says that it is that page alone (tenant.ToldTo).
	told  url.Values
	bound bool
}

// data answers a request of the application.
func (h *Handler) data(w http.ResponseWriter, q *http.Request) {
	out, err := h.answer(w, q)
	if errors.Is(err, errPassed) {
		return
	}
	if err != nil {
		if paceline.CodeOf(err) == paceline.CodeEmbedSession {
			w.Header().Set(sessionHeader, "over") // other refusals leave the page as it is
		}
		fault.Of(q.Context(), h.Log, err).Write(w)
		return
	}
	if out == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	body, err := json.Marshal(out)
	if err != nil {
		fault.Of(q.Context(), h.Log, err).Write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(body)
}

func (h *Handler) answer(w http.ResponseWriter, q *http.Request) (any, error) {
	v := &visit{h: h, q: q}
	var err error
	session := q.Header.Get(sessionHeader)
	if v.p, v.a, err = h.Tenant.EmbedSession(q.Context(), session); err != nil {
		// A cookie goes along with whatever a browser sends, so that the sender counts; a header does not.
		if err := origin.Own(q); err != nil {
			return nil, err
		}
		session = h.cookieSession(q)
		if v.p, v.a, err = h.Tenant.EmbedSession(q.Context(), session); err != nil {
			return nil, err
		}
	}
	if err := v.hostedBy(q.Header.Get(partnerHeader)); err != nil {
		return nil, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(q.Header.Get(toldHeader))
	if err != nil {
		raw = nil // says nothing
	}
	v.told, v.bound = tenant.ToldTo(session, string(raw))
	if h.Pass != nil && h.Pass(w, q, v.a.Root, fault.Client(q.Context())) {
		return nil, errPassed
	}
	parts := strings.Split(strings.TrimPrefix(q.URL.Path, dataPath), "/")
	find := func(method string, name string, length int) bool {
		return q.Method == method && parts[0] == name && len(parts) == length
	}
	q.Body = http.MaxBytesReader(w, q.Body, maxForm)
	switch {
	case find("GET", "launch", 1):
		return v.launch()
	case find("GET", "orbit", 1):
		return v.orbit()
	case find("GET", "account", 1):
		return v.who()
	case find("GET", "marketplace", 2):
		return v.marketplace(parts[1])
	case find("POST", "leave", 1):
		return nil, v.leave()
	case find("POST", "install", 1):
		return v.install()
	case find("POST", "integration", 3):
		return nil, v.change(parts[1], parts[2])
	case find("GET", "setup", 2):
		return h.Storefront.Setup(q.Context(), v.p, v.a, idOf(parts[1]))
	case find("POST", "setup", 3) && parts[2] == "values":
		return nil, v.save(idOf(parts[1]))
	case find("POST", "setup", 3) && parts[2] == "lookup":
		return v.lookup(idOf(parts[1]))
	case find("POST", "setup", 3) && parts[2] == "finish":
		return v.finish(idOf(parts[1]))
	case find("POST", "setup", 3) && parts[2] == "cancel":
		return nil, h.Storefront.Cancel(q.Context(), v.p, v.a, idOf(parts[1]))
	case find("GET", "setup", 4) && parts[2] == "connector":
		return v.form(idOf(parts[1]), parts[3])
	case find("POST", "setup", 4) && parts[2] == "connector":
		return v.connect(idOf(parts[1]), parts[3])
	}
	return nil, paceline.Fail(paceline.CodeNoRoute)
}

// errPassed says that another node has answered.
var errPassed = errors.New("passed on")

// leave checks where the partner's own page sends somebody in the end: no address leads elsewhere than to the partner's registered origins.
func (v *visit) leave() error {
	var to struct{ Address string }
	if err := v.read(&to); err != nil {
		return err
	}
	_, err := v.h.Tenant.ReturnTo(v.q.Context(), v.a.Partner, v.h.serviceURL(v.q, v.a.Partner), to.Address)
	return err
}

// idOf reads an id in an address; what is none names nothing.
func idOf(text string) paceline.ID {
	id, _ := paceline.ParseID(text)
	return id
}

// read decodes the body of a request.
func (v *visit) read(into any) error {
	if kind, _, _ := mime.ParseMediaType(v.q.Header.Get("Content-Type")); kind != "application/json" {
		return paceline.Fail(paceline.CodeRequestInvalid)
	}
	if err := json.NewDecoder(v.q.Body).Decode(into); err != nil {
		return paceline.Fail(paceline.CodeRequestInvalid)
	}
	return nil
}

// Visitor is whose page it is.
type Visitor struct {
	Account, AccountID, AccountAPIID string
	User                             string
	UserID                           paceline.ID
	// Target is the origin of the page around ours, "" when it is not a registered one: nothing is told to others.
	Target string `json:",omitempty"`
}

func (v *visit) visitor() (out Visitor, err error) {
	out = Visitor{Account: v.a.Name, AccountID: string(v.a.ID), AccountAPIID: v.a.APIID, User: v.p.Name, UserID: v.p.UserID}
	if host := v.q.URL.Query().Get("origin"); host != "" {
		out.Target, err = v.h.Tenant.ReturnTo(v.q.Context(), v.a.Partner, v.h.serviceURL(v.q, v.a.Partner), host)
		if paceline.CodeOf(err) == paceline.CodeTargetOrigin {
			err = nil
		}
	}
	return out, err
}

type accountPage struct{ Visitor Visitor }

func (v *visit) who() (page accountPage, err error) {
	page.Visitor, err = v.visitor()
	return page, err
}

type launchPage struct {
	Visitor Visitor
	Offers  []storefront.Offer
}

func (v *visit) launch() (page launchPage, err error) {
	if page.Visitor, err = v.visitor(); err != nil {
		return page, err
	}
	page.Offers, err = v.offers()
	return page, err
}

// offers are what the page may install of templates. Errors: Forbidden on a page that installs none.
func (v *visit) offers() ([]storefront.Offer, error) {
	query := v.q.URL.Query()
	if v.bound {
		if query = v.told; !v.adds() {
			return nil, paceline.Fail(paceline.CodeForbidden)
		}
	}
	list, err := v.h.Storefront.Offers(v.q.Context(), v.p, v.a, query["tags"])
	if only := query.Get("template"); only != "" {
		list = slices.DeleteFunc(list, func(o storefront.Offer) bool { return o.Template != idOf(only) })
	}
	return list, err
}

// adds reports whether templates may be installed from the page.
func (v *visit) adds() bool {
	page := v.told.Get("page")
	return !v.bound || page == launchPath || page == orbitPath && v.told.Get("add") == "true"
}

// hostedBy refuses a page that another partner frames than the session's.
func (v *visit) hostedBy(host string) error {
	if host == "" {
		return nil
	}
	partner, err := v.h.Tenant.PartnerOf(v.q.Context(), v.a.Partner)
	if err == nil && string(partner.ID) != host {
		err = paceline.Fail(paceline.CodeEmbedSession)
	}
	return err
}

type orbitPage struct {
	Visitor Visitor
	storefront.Overview
	Add bool // whether it leads to LAUNCH
}

func (v *visit) orbit() (page orbitPage, err error) {
	if page.Visitor, err = v.visitor(); err != nil {
		return page, err
	}
	page.Add = v.adds()
	page.Overview, err = v.h.Storefront.Overview(v.q.Context(), v.p, v.a)
	return page, err
}

type marketplacePage struct {
	Visitor Visitor
	Shelf   storefront.Shelf
}

func (v *visit) marketplace(number string) (page marketplacePage, err error) {
	n, err := strconv.Atoi(number)
	if err != nil || !v.shows(n) {
		n = 0 // names nothing
	}
	if page.Visitor, err = v.visitor(); err != nil {
		return page, err
	}
	page.Shelf, err = v.h.Storefront.Shelf(v.q.Context(), v.p, v.a, n)
	return page, err
}

// shows reports whether the page is that marketplace.
func (v *visit) shows(marketplace int) bool {
	return !v.bound || v.told.Get("page") == marketplacePath+strconv.Itoa(marketplace)
}

type installed struct{ Install paceline.ID }

func (v *visit) install() (out installed, err error) {
	var in struct {
		Template    string
		Marketplace int
		Card, Name  string
		Single      bool
	}
	if err := v.read(&in); err != nil {
		return out, err
	}
	if in.Template == "" {
		if !v.shows(in.Marketplace) {
			in.Marketplace = 0
		}
		out.Install, err = v.h.Storefront.InstallPackage(v.q.Context(), v.p, v.a, in.Marketplace, in.Card, in.Name)
		return out, err
	}
	if v.bound {
		list, err := v.offers()
		if err != nil {
			return out, err
		}
		if !slices.ContainsFunc(list, func(o storefront.Offer) bool { return o.Template == idOf(in.Template) }) {
			return out, paceline.Fail(paceline.CodeNotFound, "what", "Template")
		}
		in.Single = in.Single || v.told.Get("single") == "true"
	}
	out.Install, err = v.h.Storefront.Install(v.q.Context(), v.p, v.a, idOf(in.Template), in.Name, in.Single)
	return out, err
}

func (v *visit) change(id, what string) error {
	ctx, s := v.q.Context(), v.h.Storefront
	switch what {
	case "start":
		return s.Start(ctx, v.p, v.a, idOf(id))
	case "pause":
		return s.Pause(ctx, v.p, v.a, idOf(id))
	case "change":
		return s.Change(ctx, v.p, v.a, idOf(id))
	case "keep":
		return s.KeepChange(ctx, v.p, v.a, idOf(id))
	case "restore":
		return s.Restore(ctx, v.p, v.a, idOf(id))
	case "remove":
		return s.Remove(ctx, v.p, v.a, idOf(id))
	}
	return paceline.Fail(paceline.CodeNoRoute)
}

func (v *visit) save(install paceline.ID) error {
	var in struct {
		Cycle  string
		Values map[string]storefront.Value
	}
	if err := v.read(&in); err != nil {
		return err
	}
	return v.h.Storefront.Save(v.q.Context(), v.p, v.a, install, idOf(in.Cycle), in.Values)
}

func (v *visit) lookup(install paceline.ID) (any, error) {
	var in struct{ Cycle, Key, Search string }
	if err := v.read(&in); err != nil {
		return nil, err
	}
	list, err := v.h.Storefront.Lookup(v.q.Context(), v.p, v.a, install, idOf(in.Cycle), in.Key, in.Search)
	return struct {
		Choices []storefront.Choice
		More    bool
	}{list[:min(len(list), maxShownChoices)], len(list) > maxShownChoices}, err
}

// maxShownChoices bounds what a drop-down gets at once: with more, people search.
const maxShownChoices = 200

func (v *visit) finish(install paceline.ID) (any, error) {
	var in struct{ Start, RunOnce bool }
	if err := v.read(&in); err != nil {
		return nil, err
	}
	complete := v.told.Get("complete") // the partner is told it with its signature, so that no visitor may say it
	out, err := v.h.Storefront.Finish(v.q.Context(), v.p, v.a, install, storefront.Ending{Start: in.Start, RunOnce: in.RunOnce, Complete: complete})
	if err != nil {
		return nil, err
	}
	return resultOf(v.p, v.a, out, complete), nil
}

// form is what a connector of an install asks for.
func (v *visit) form(install paceline.ID, number string) (any, error) {
	id, err := v.connectorOf(install, number)
	if err != nil {
		return nil, err
	}
	return v.h.Catalog.SetupForm(v.q.Context(), v.p, v.a, id)
}

// connectorOf reads the number of a connector, which must be one of the install's.
func (v *visit) connectorOf(install paceline.ID, number string) (int32, error) {
	setup, err := v.h.Storefront.Setup(v.q.Context(), v.p, v.a, install)
	if err != nil {
		return 0, err
	}
	id, err := strconv.ParseInt(number, 10, 32)
	if err != nil || !setup.Uses(int32(id)) {
		return 0, paceline.Fail(paceline.CodeNotFound, "what", "Connector")
	}
	return int32(id), nil
}

// connected says whether a connector is connected, or where its vendor is asked for consent.
type connected struct {
	Connected bool
	Address   string `json:",omitempty"`
}

// connect stores what was typed. Where a vendor is to be asked, the answer is an address that opens once, in a window of its
// own or in place of the page: vendors refuse to be framed, and cookies of a frame are not those of a window.
func (v *visit) connect(install paceline.ID, number string) (out connected, err error) {
	var in struct {
		Properties, Credential map[string]string
		Return                 string // where an inline consent leads back to
	}
	if err := v.read(&in); err != nil {
		return out, err
	}
	id, err := v.connectorOf(install, number)
	if err != nil {
		return out, err
	}
	ctx, h := v.q.Context(), v.h
	form, err := h.Catalog.SetupForm(ctx, v.p, v.a, id)
	if err != nil {
		return out, err
	}
	if err := h.Catalog.SubmitSetup(ctx, v.p, v.a, id, in.Properties, in.Credential); err != nil {
		return out, err
	}
	if form.Auth == "" || !form.Consent && form.Fields != nil {
		return connected{Connected: true}, nil
	}
	service := h.serviceURL(v.q, v.a.Partner)
	query := url.Values{"id": {strconv.Itoa(int(id))}, "targetOrigin": {service}, "callbackMessage": {connectedMessage}}
	if in.Return != "" {
		if !local(in.Return) || !sessionPage(strings.Split(in.Return, "?")[0]) {
			return out, paceline.Fail(paceline.CodeReturnURL)
		}
		query = url.Values{"id": query["id"], "targetOrigin": {service + in.Return}}
	}
	token, err := h.Tenant.CreateConsentToken(ctx, v.p, v.a)
	if err != nil {
		return out, err
	}
	query.Set("token", token.Token)
	out.Address = ConnectPath + "?" + query.Encode()
	return out, nil
}

// connectedMessage is what our page hears from the window in which a vendor gave its consent.
const connectedMessage = "connector-connected"
