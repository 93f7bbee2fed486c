"""What a word is: folding, tokens, forms, dates, detection, and the query tree with its parser and evaluator.

The ground floor of podium: pure, no input or output, and nothing imported from any other room.
"""
