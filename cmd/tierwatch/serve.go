package main

import (
	"context"

	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/ops"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
)

// serve starts the server of metrics and health; nil when none is configured.
func serve(ctx context.Context, d *wire.Deployment, stops *lifecycle.Stack) (*ops.Server, error) {
	c := d.Config.HTTP
	if c.Addr == "" {
		return nil, nil //nolint:nilnil // no server is no error
	}
	s, err := ops.Listen(ctx, c.Addr, d.Metrics, c.PProf)
	if err != nil {
		return nil, err
	}
	stops.Push("metrics and health", s.Stop)
	d.Log.Info().Str("addr", s.Addr()).Msg("metrics and health are served")
	return s, nil
}
