package api

import (
	"net/http"
	"strconv"

	"paceline"
	"paceline/server/api/wire"
)

// PageInput is what every list takes.
type PageInput struct {
	Page     int    `query:"page" doc:"Page, counted from 1. Past the end the list is empty." minimum:"1"`
	PageSize int    `query:"pageSize" doc:"Items per page; 100 when absent." maximum:"50000"`
	PerPage  int    `query:"per_page" doc:"Another name for pageSize."`
	OrderBy  string `query:"orderBy" doc:"Property to sort by. One that the list does not know is ignored."`
	SortAsc  string `query:"sortOrderAsc" doc:"true or false." enum:"true,false"`
	After    string `query:"after" doc:"Extension: cursor of the X-Next-Cursor header of the page before."`
}

// page reads the input; descending is the direction when the caller names none.
func (p PageInput) page(descending bool) (paceline.Page, error) {
	size := p.PageSize
	if size == 0 {
		size = p.PerPage
	}
	if p.Page < 0 || size < 0 {
		return paceline.Page{}, paceline.Fail(paceline.CodeRequestInvalid)
	}
	if p.SortAsc != "" {
		asc, err := strconv.ParseBool(p.SortAsc)
		if err != nil {
			return paceline.Page{}, paceline.Fail(paceline.CodeRequestInvalid)
		}
		descending = !asc
	}
	return paceline.Page{Number: p.Page, Size: size, OrderBy: p.OrderBy, Descending: descending, After: p.After}, nil
}

// list translates one page and sets the headers with its totals.
func list[T, W any](c *Call, page paceline.Page, l paceline.List[T], each func(T) W) []W {
	head := c.Writer.Header()
	if l.Total >= 0 {
		pages := (l.Total + page.Limit() - 1) / page.Limit()
		setNumber(head, "Total-Records", l.Total)
		setNumber(head, "Total-Pages", pages)
	}
	if l.Next != "" {
		head.Set("X-Next-Cursor", l.Next)
	}
	return translate(l.Items, each)
}

func setNumber(h http.Header, name string, n int) { h.Set(name, strconv.Itoa(n)) }

func translate[T, W any](items []T, each func(T) W) []W {
	out := make([]W, 0, len(items))
	for _, item := range items {
		out = append(out, each(item))
	}
	return wire.List(out)
}
