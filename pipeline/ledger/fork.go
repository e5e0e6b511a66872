package ledger

// Fork gives an account movements of its own copy, so that something can be
// supposed of it; the caller keeps the account as it was, and puts it back after
// Drop.
func (s *Store) Fork(a *Account) {
	if a.nMoves == 0 {
		a.moves = 0
		return
	}
	own := s.moves.Alloc(int(a.nMoves))
	copy(s.moves.Block(own), s.Moves(a))
	a.moves = own
}

// Drop gives the movements of a forked account back.
func (s *Store) Drop(a *Account) { s.moves.Free(a.moves) }
