package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tram06/devdock/citizen"
	"tram06/devdock/people"
	"tram06/devdock/stack"
)

func demoCommand() *cobra.Command {
	var f flags
	var out, who, lang string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play one citizen from the card to the receipt, and keep what was seen",
		Long: `Play one citizen from the card to the receipt through the same programs as at a
site. Leaves screens/NN-name.png, receipt.png, dossier.json as the gateway
opened it, and timings.json in the folder --out.`,
		Example: `  devdock demo
  devdock demo --out out/vidu --citizen vidu --lang en`,
		Args: noWords,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := known(who, lang); err != nil {
				return err
			}
			dir, err := os.MkdirTemp("", "tram06-demo-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			o := f.options()
			o.Dir = dir
			s, err := stack.Start(c.Context(), o)
			if err != nil {
				return err
			}
			v, err := citizen.Demo(c.Context(), s, citizen.DemoOptions{Key: who, Lang: lang, Out: out, Say: func(format string, args ...any) {
				fmt.Fprintf(os.Stderr, "  "+format+"\n", args...)
			}})
			if err2 := s.Stop(); err == nil {
				err = err2
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "\nThe card was read in %d ms, the dossier accepted %d ms after the touch.\n%d screens, receipt.png, dossier.json and timings.json are in %s\n",
				v.Timings.CardMS, v.Timings.SubmitMS, v.Screens, out)
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&out, "out", "out/demo", "folder for pictures and figures")
	cmd.Flags().StringVar(&who, "citizen", "", "made-up citizen: "+strings.Join(keys(), ", ")+" (default the first)")
	cmd.Flags().StringVar(&lang, "lang", "vi", "language: vi or en")
	return cmd
}

func keys() (k []string) {
	for _, c := range people.All() {
		k = append(k, c.Key)
	}
	return k
}

// known finds a mistyped word before anything is started.
func known(who, lang string) error {
	if who != "" && !slices.Contains(keys(), who) {
		return usageError{fmt.Errorf("no citizen %q; there are %s", who, strings.Join(keys(), ", "))}
	}
	if lang != "vi" && lang != "en" {
		return usageError{fmt.Errorf("no language %q; there are vi and en", lang)}
	}
	return nil
}
