package role

import (
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

// Pipeline starts the roles that take the log to ClickHouse.
func Pipeline(d *wire.Deployment, group *lifecycle.Group) error {
	warehouse, err := NewWarehouse(d)
	if err != nil {
		return err
	}
	fold, err := NewFold(d)
	if err != nil {
		return err
	}
	group.Go(Warehouse, warehouse)
	group.Go(Fold, fold)
	return nil
}
