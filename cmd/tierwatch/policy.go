package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/count"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/script"
)

func (a *app) newPolicy() *cobra.Command {
	c := &cobra.Command{
		Use:   "policy",
		Short: "Check, test, publish or show tiering policies",
		Example: `  tierwatch policy check my-policy.yaml
  tierwatch policy test tests/*.script
  tierwatch policy publish my-policy.yaml --from 2026-01-01`,
	}
	c.AddCommand(a.newPolicyCheck(), a.newPolicyTest(), a.newPolicyPublish(), a.newPolicyShow())
	return c
}

func (a *app) newPolicyCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "Report everything that is wrong with a policy, with line and remedy",
		Long: `Compile each policy as the fold would, and report every problem at once with its
line, field, value and remedy; and warnings about what is allowed but likely not
meant. Base currency, time zone and rate lags are the configuration's. Exit code
2 when anything is wrong. docs/policy.md explains the language.`,
		Example: `  tierwatch policy check deploy/examples/cbhb/policy.yaml
  tierwatch policy check -c tierwatch.yaml policy.yaml    # another currency or zone`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			cfg, err := a.config(nil)
			if err != nil {
				return err
			}
			var all []error
			for _, file := range files {
				all = append(all, a.checkPolicy(file, wire.PolicyOptions(cfg)))
			}
			return exit.With(exit.Usage, errors.Join(all...))
		},
	}
}

// checkPolicy prints warnings and a line of what the policy holds.
func (a *app) checkPolicy(file string, o policy.Options) error {
	plan, _, err := a.readPolicy(file, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s: policy %s version %d is good: %s, %s, %s\n",
		file, plan.Name, plan.Version, count.Of(len(plan.Schemes), "scheme"), count.Of(len(plan.Metrics), "metric"), count.Of(len(plan.Scores), "score"))
	return nil
}

func (a *app) newPolicyTest() *cobra.Command {
	return &cobra.Command{
		Use:   "test SCRIPT...",
		Short: "Play test scripts of policies and compare with what they expect",
		Long: `Play each script through the same fold that runs in production and compare what
it says with the lines "expect ...". Every line that does not hold is shown with
what was there instead. Exit code 3 when one does not hold, 2 when a script
cannot be played. docs/policy.md explains the language.`,
		Example: "  tierwatch policy test deploy/examples/cbhb/*.script",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			failed, broken := 0, 0
			for _, file := range files {
				if cmd.Context().Err() != nil {
					return cmd.Context().Err()
				}
				r := script.Run(file)
				fmt.Fprintln(a.out, r.String())
				if r.Err != nil {
					broken++
				} else if !r.OK() {
					failed++
				}
			}
			switch {
			case broken > 0:
				return exit.With(exit.Usage, fmt.Errorf("%d of %s cannot be played", broken, count.Of(len(files), "script")))
			case failed > 0:
				return exit.With(exit.Differs, fmt.Errorf("%d of %s failed", failed, count.Of(len(files), "script")))
			}
			return nil
		},
	}
}

// readPolicy compiles a file, and prints warnings. It also gives the text.
func (a *app) readPolicy(file string, o policy.Options) (*policy.Plan, []byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, exit.With(exit.Usage, fmt.Errorf("read policy: %w", err))
	}
	plan, warnings, err := policy.Check(file, text, o)
	for _, w := range warnings {
		fmt.Fprintf(a.err, "warning: %v\n", w)
	}
	return plan, text, exit.With(exit.Usage, err)
}
