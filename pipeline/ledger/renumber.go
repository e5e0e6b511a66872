package ledger

// Renumber gives the customer's entries and accounts the numbers that kinds and units
// have in other tables: the n-th is the new number of n. No entry and no account may
// have a number beyond them.
func (s *Store) Renumber(c *Customer, kinds, units []uint16) {
	es := s.Entries(c)
	for i := range es {
		es[i].Kind = kinds[es[i].Kind]
	}
	as := s.Accounts(c)
	for i := range as {
		as[i].Unit = units[as[i].Unit]
	}
}

// Displace makes offset the place of every reversal that waits: the log in which they
// lay is another one now.
func (s *Store) Displace(c *Customer, offset int64) {
	ws := s.Waits(c)
	for i := range ws {
		ws[i].Offset = offset
	}
}
