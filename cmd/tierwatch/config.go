package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
)

func (a *app) newConfig() *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Check or print the configuration",
		Example: `  tierwatch config show --docs > tierwatch.yaml    # a commented file to begin with
  tierwatch config check --config tierwatch.yaml`,
	}
	c.AddCommand(a.newConfigCheck(), a.newConfigShow())
	return c
}

func (a *app) newConfigCheck() *cobra.Command {
	roles := "all"
	c := &cobra.Command{
		Use:   "check",
		Short: "Report everything that is wrong or missing, with line, setting and remedy",
		Long: `Read the file, the environment and the flags as every other command does, and
report every problem at once, also a secret that cannot be read, a variable
TIERWATCH_… that is near to a setting's name and sets nothing, and what is missing
with which tierwatch run would refuse to start: brokers, ClickHouse's addresses
with role warehouse, the source of an ingest that is asked for. --roles checks for
a process that runs some roles only. Nothing is connected to. Exit code 2 when
anything is wrong.`,
		Example: `  tierwatch config check --config tierwatch.yaml
  tierwatch config check --config fold.yaml --roles fold    # a process that needs no ClickHouse
  TIERWATCH_KAFKA_PARTITIONS=6 tierwatch config check --config tierwatch.yaml`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.checkConfig(roles) },
	}
	c.Flags().StringVar(&roles, "roles", roles, "the roles that tierwatch run would be given: all, or some of ingest,conductor,fold,warehouse")
	return c
}

func (a *app) checkConfig(asked string) error {
	roles, err := role.Parse(asked)
	if err != nil {
		return exit.With(exit.Usage, fmt.Errorf("--roles: %w", err))
	}
	cfg, err := a.layers(nil)
	if err != nil {
		return err
	}
	for _, p := range cfg.Unknown() {
		fmt.Fprintf(a.err, "warning: %v\n", p)
	}
	run, err := rolesOf(cfg, roles, runFlags{roles: asked})
	wrong := append(cfg.CheckSecrets(), cfg.Misspelt()...)
	wrong = append(wrong, cfg.Missing(config.Use{Kafka: true, ClickHouse: slices.Contains(run, role.Warehouse)})...)
	if len(wrong) > 0 {
		err = errors.Join(wrong, err)
	}
	if err != nil {
		return exit.With(exit.Usage, err)
	}
	fmt.Fprintf(a.out, "the configuration is good: tierwatch run runs %s\n", strings.Join(run, ", "))
	for _, name := range roles {
		if why := idle(cfg, name, demoClock{}); why != "" {
			fmt.Fprintf(a.out, "role %s does not run: %s\n", name, why)
		}
	}
	return nil
}

func (a *app) newConfigShow() *cobra.Command {
	var docs, origins bool
	c := &cobra.Command{
		Use:   "show",
		Short: "Print the effective configuration, secrets masked",
		Long: `Print what is in force when file, environment and flags are put together, as a
YAML file that --config takes. A secret shows only where it comes from.`,
		Example: `  tierwatch config show --docs                     # with the meaning of every setting
  tierwatch config show --origins --config t.yaml  # with the place each was set at`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.config(nil)
			if err != nil {
				return err
			}
			text, err := cfg.Show(config.ShowOptions{Docs: docs, Places: origins})
			if err != nil {
				return fmt.Errorf("print configuration: %w", err)
			}
			_, err = a.out.Write(text)
			return err
		},
	}
	c.Flags().BoolVar(&docs, "docs", false, "put the meaning of each setting beside it")
	c.Flags().BoolVar(&origins, "origins", false, "put beside each setting where it was set")
	c.MarkFlagsMutuallyExclusive("docs", "origins")
	return c
}
