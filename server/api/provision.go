package api

import (
	"strconv"

	"paceline"
	"paceline/catalog"
	"paceline/server/api/wire"
)

// connectorOrderIn is a connector to install into a new account: what names it, and what an install says.
type connectorOrderIn struct {
	Connector wire.Opt[string] `doc:"Name of the connector, or its id."`
	Version   wire.Opt[string] `doc:"Version of the vendor's API, with a name; default: the latest."`
	InstallIn
}

// templateOrderIn is a template to install into a new account.
type templateOrderIn struct {
	TemplateId wire.Opt[string]
	TemplateInstallIn
}

// accountCreateIn is an account with what is installed in it in the same transaction.
type accountCreateIn struct {
	AccountIn
	InstallConnectors []connectorOrderIn `doc:"Extension: connectors to install, all or nothing."`
	InstallTemplates  []templateOrderIn  `doc:"Extension: templates to install behind them, all or nothing."`
}

type accountCreateOut struct {
	AccountOut
	InstalledConnectors []accountConnectorOut `json:",omitempty" doc:"Extension: with InstallConnectors or InstallTemplates, in their order."`
	InstalledCycles     []cycleOut            `json:",omitempty"`
}

// connectorAuthIn is a connector that the partner has the credential of.
type connectorAuthIn struct {
	Name             wire.Opt[string] `doc:"Of the connector."`
	Version          wire.Opt[string] `doc:"Version of the vendor's API; default: the latest."`
	AuthenticationId wire.Opt[string]
	AuthValue        wire.Opt[string]
	Properties       []propertyIn
}

func (in accountCreateIn) orders() (o catalog.Orders, err error) {
	for i, order := range in.InstallConnectors {
		if order.Connector.Or("") == "" {
			return o, missing("InstallConnectors", i, "Connector")
		}
		o.Connectors = append(o.Connectors, catalog.ConnectorOrder{
			Ref: connectorRef(order.Connector.Value, order.Version.Or(""), ""), ConnectorInstall: order.install(),
		})
	}
	for i, order := range in.InstallTemplates {
		id, ok := paceline.ParseID(order.TemplateId.Or(""))
		if !ok {
			return o, missing("InstallTemplates", i, "TemplateId")
		}
		install, err := order.install()
		if err != nil {
			return o, err
		}
		if len(install.Connectors) > 0 {
			return o, paceline.Fail(paceline.CodeFieldInvalid, "name", "InstallTemplates", "reason", "name the connectors in InstallConnectors")
		}
		o.Templates = append(o.Templates, catalog.TemplateOrder{Template: id, TemplateInstall: install})
	}
	return o, nil
}

func missing(list string, i int, name string) error {
	return paceline.Fail(paceline.CodeFieldInvalid, "name", list+"["+strconv.Itoa(i)+"]."+name, "reason", "it is missing or malformed")
}

func connectorOrders(list []connectorAuthIn, name string) (orders []catalog.ConnectorOrder, err error) {
	for i, c := range list {
		if c.Name.Or("") == "" {
			return nil, missing(name, i, "Name")
		}
		orders = append(orders, catalog.ConnectorOrder{
			Ref: catalog.ConnectorRef{Name: c.Name.Value, Version: c.Version.Or("")},
			ConnectorInstall: catalog.ConnectorInstall{
				Authentication: given(c.AuthenticationId), AuthValue: c.AuthValue.Ptr(), Properties: propertyInputs(c.Properties),
			},
		})
	}
	return orders, nil
}
