"""What is made of the contract and holds it to what was released; the contract itself knows nothing of it."""
