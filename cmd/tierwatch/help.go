package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
)

// newHelp is cobra's help command, but a command that does not exist is wrong
// usage.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]...",
		Short:   "Help about any command",
		Example: "  tierwatch help policy publish",
		RunE: func(c *cobra.Command, args []string) error {
			at := c.Root()
			for _, word := range args {
				sub, _, err := at.Find([]string{word})
				if err != nil || sub == at {
					return unknownCommand(at, word)
				}
				at = sub
			}
			at.InitDefaultHelpFlag()
			return at.Help()
		},
	}
}

// unknownCommand names the commands that are near to a word.
func unknownCommand(parent *cobra.Command, word string) error {
	hint := ""
	if parent.SuggestionsMinimumDistance <= 0 {
		parent.SuggestionsMinimumDistance = 2 // as cobra does on its own way
	}
	if near := parent.SuggestionsFor(word); len(near) > 0 {
		hint = ": did you mean " + strings.Join(near, " or ") + "?"
	}
	return exit.With(exit.Usage, fmt.Errorf("unknown command %q for %q%s\nsee `%s --help`", word, parent.CommandPath(), hint, parent.CommandPath()))
}
