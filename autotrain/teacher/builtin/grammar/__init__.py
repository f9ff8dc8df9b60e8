"""What families are written with: draws, arguments, conditions, maps, programs, their words."""
