"""What a siting is asked: the demand, the candidates that the law and hazards leave, and the rules of the choice."""
