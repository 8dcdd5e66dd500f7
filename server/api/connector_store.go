package api

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"paceline"
	"paceline/catalog"
	"paceline/server/fault"
)

// storePath is where anybody, without a token, sees what every partner can connect with: for the web pages of partners.
// What a partner has made of its own is not there.
const storePath = "/api/connectorstore"

type storeConnectorOut struct {
	Id          int32
	Name        string
	Description *string
	Icon        *string
	Prices      map[string]int // of connectors, none costs anything
}

type storeCategoryOut struct {
	Category string
	Methods  []string
}

type storeMethodsOut struct {
	storeConnectorOut
	MethodCategories []storeCategoryOut
}

// everybody sees what belongs to no partner: as one of a partner that there is not.
var everybody = paceline.SystemPrincipalOf(-1)

func (a *API) connectorStore() {
	a.router.Get(storePath, a.storePage(a.storeList))
	a.router.Get(storePath+"/{id}", a.storePage(a.storeConnector))
	a.folder.learn(storePath + "/{id}")
}

// storePage answers with what a read gives.
func (a *API) storePage(read func(q *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		out, err := read(q)
		if err != nil {
			fault.Of(q.Context(), a.log, err).Write(w)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		json.NewEncoder(w).Encode(out)
	}
}

func (a *API) storeList(q *http.Request) (any, error) {
	var in PageInput
	for name, at := range map[string]*int{"page": &in.Page, "pageSize": &in.PageSize, "per_page": &in.PerPage} {
		text := q.URL.Query().Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, paceline.Fail(paceline.CodeRequestInvalid)
		}
		*at = n
	}
	page, err := in.page(false)
	if err != nil {
		return nil, err
	}
	list, err := a.Catalog.Connectors(q.Context(), everybody, catalog.ConnectorFilter{NoCustom: true}, page)
	if err != nil {
		return nil, err
	}
	return translate(list.Items, storeWire), nil
}

func (a *API) storeConnector(q *http.Request) (any, error) {
	id, err := number(chi.URLParam(q, "id"))
	if err != nil {
		return nil, err
	}
	c, err := a.Catalog.Connector(q.Context(), everybody, id, "")
	if err != nil {
		return nil, err
	}
	methods, err := a.Catalog.Methods(q.Context(), everybody, catalog.ConnectorRef{ID: id}, catalog.MethodFilter{})
	if err != nil {
		return nil, err
	}
	out := storeMethodsOut{storeConnectorOut: storeWire(c), MethodCategories: []storeCategoryOut{}}
	for _, m := range methods { // by category
		if n := len(out.MethodCategories); n == 0 || out.MethodCategories[n-1].Category != m.Category {
			out.MethodCategories = append(out.MethodCategories, storeCategoryOut{Category: m.Category})
		}
		last := &out.MethodCategories[len(out.MethodCategories)-1]
		last.Methods = append(last.Methods, m.Name)
	}
	return out, nil
}

func storeWire(c catalog.Connector) storeConnectorOut {
	wired := connectorWire(c)
	return storeConnectorOut{Id: wired.Id, Name: wired.Name, Description: wired.Description, Icon: wired.Icon, Prices: map[string]int{"USD": 0}}
}
